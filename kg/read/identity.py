"""When two records are one paper: clean identifiers, keys to meet by, and the merge of copies."""

from __future__ import annotations

import hashlib
import pickle
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from tempfile import SpooledTemporaryFile

from kg.errors import BrokenRecord
from kg.read.text import tidy
from kg.types import Findings, Paper, digest, key, paper_id

_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)

#: Records kept in memory until they go to a temporary file.
_IN_MEMORY = 64 * 2**20


def clean_arxiv(given: str) -> str:
    """Give the bare arXiv number of whatever names it.

    >>> clean_arxiv("https://arxiv.org/pdf/1706.03762v5.pdf"), clean_arxiv("arXiv:cs/0112017")
    ('1706.03762', 'cs/0112017')
    """
    found = _ARXIV.search(given)
    return found[1] if found else given.strip()


def clean_doi(given: str) -> str:
    """Give the bare DOI, in small letters as its owner compares it.

    >>> clean_doi("https://doi.org/10.1145/3079856.3080246")
    '10.1145/3079856.3080246'
    """
    return re.sub(r"^(?:https?://)?(?:dx\.)?(?:doi\.org/|doi:)\s*", "", given.strip(), flags=re.IGNORECASE).casefold()


def clean_ids(ids: Mapping[str, str], url: str | None = None) -> dict[str, str]:
    """Give identifiers without resolvers and versions; those that an arXiv DOI or a URL holds are added.

    >>> clean_ids({"doi": "https://doi.org/10.48550/arXiv.1706.03762"})
    {'arxiv': '1706.03762', 'doi': '10.48550/arxiv.1706.03762'}
    """
    clean = {name.casefold(): tidy(value) for name, value in ids.items() if value and value.strip()}
    if "doi" in clean:
        clean["doi"] = clean_doi(clean["doi"])
    elif url and re.search(r"doi\.org/10\.", url):
        clean["doi"] = clean_doi(url)
    preprint = _ARXIV_DOI.fullmatch(clean.get("doi", ""))
    if "arxiv" not in clean and preprint:
        clean["arxiv"] = preprint[1]
    elif "arxiv" not in clean and url and "arxiv.org/" in url:
        clean["arxiv"] = url
    if "arxiv" in clean:
        clean["arxiv"] = clean_arxiv(clean["arxiv"])
    return dict(sorted(clean.items()))


def clean(paper: Paper, *, explicit_id: bool = False) -> Paper:
    """Give the paper as it would read from any format; an id that the file gives itself is kept."""
    ids = clean_ids(paper.ids, paper.url)
    title, abstract = tidy(paper.title), tidy(paper.abstract)
    return replace(
        paper,
        id=paper.id if explicit_id else paper_id(title or abstract, ids),
        title=title,
        abstract=abstract,
        authors=tuple(tidy(a) for a in paper.authors),
        venue=tidy(paper.venue) if paper.venue else None,
        ids=ids,
    )


def title_key(title: str) -> str:
    """Reduce a title to its letters and digits: case, accents, hyphens and stops do not tell papers apart.

    >>> title_key("BERT: Pre-training of Deep Bidirectional Transformers.")
    'bertpretrainingofdeepbidirectionaltransformers'
    """
    plain = key(title)
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", plain) or key(title)


def same_paper_keys(paper: Paper) -> tuple[str, ...]:
    """Give the keys under which copies of a paper meet, surest first.

    >>> same_paper_keys(Paper("p", "Attention Is All You Need", ids={"arxiv": "1706.03762v5"}))
    ('arxiv:1706.03762', 'title:attentionisallyouneed')
    """
    ids = clean_ids(paper.ids, paper.url)
    keys = [f"{name}:{ids[name].casefold()}" for name in ("arxiv", "doi") if name in ids]
    return (*keys, f"title:{title_key(paper.title or paper.abstract)}")


def same_paper(a: Paper, b: Paper) -> bool:
    """Decide whether two records of one title are one paper.

    Different arXiv numbers, or different DOIs without a common arXiv number, are different papers, unless
    they have the same abstract. So are titles of one or two words ("Introduction") without anything else
    in common, and authors of whom none is shared.
    """
    if a.abstract and b.abstract and (a.abstract == b.abstract or title_key(a.abstract) == title_key(b.abstract)):
        return True
    mine, theirs = clean_ids(a.ids, a.url), clean_ids(b.ids, b.url)
    for name in ("arxiv", "doi"):
        if name in mine and name in theirs:
            return mine[name] == theirs[name]
    if a.authors and b.authors:
        return bool(_surnames(a) & _surnames(b))
    return len(a.title.split()) > 2 or not (a.abstract and b.abstract)


def _surnames(paper: Paper) -> set[str]:
    names = (a.split(",")[0] if "," in a else a for a in paper.authors)
    return {title_key(name.split()[-1]) for name in names if name.split()}


def _paper(record: Paper | Findings) -> Paper:
    return record.paper if isinstance(record, Findings) else record


def _rank(record: Paper | Findings) -> tuple[object, ...]:
    """Order copies by how much they say, the richest first; the last parts only make the order total."""
    paper = _paper(record)
    findings = record if isinstance(record, Findings) else Findings(paper)
    return (
        not isinstance(record, Findings),
        -len(findings.links) - len(findings.relations) - len(findings.results),
        not paper.abstract,
        -len(paper.ids),
        -len(paper.abstract),
        -len(paper.authors),
        -len(paper.date or ""),
        not paper.venue,
        paper.title,
        paper.abstract,
        paper.id,
        repr(record),
    )


def merge(copies: Iterable[Paper | Findings]) -> Paper | Findings:
    """Make one record of the copies of a paper: the richest, with what only the others know added.

    Findings keep their paper's id and text, which their evidence refers to. A plain paper keeps an id
    that a file gave it, else it is named by the identifiers of all copies.
    """
    ranked = sorted(copies, key=_rank)
    papers = [_paper(r) for r in ranked]
    best = papers[0]
    ids: dict[str, str] = {}
    for paper in papers:
        ids = {**paper.ids, **ids}
    given = sorted(p.id for p in papers if p.id != paper_id(p.title or p.abstract, p.ids))
    dates = sorted((p.date for p in papers if p.date), key=lambda d: (-len(d), d))
    same_year = [d for d in dates if best.date and d.startswith(best.date)]
    merged = replace(
        best,
        id=best.id
        if isinstance(ranked[0], Findings)
        else given[0]
        if given
        else paper_id(best.title or best.abstract, ids),
        authors=best.authors or next((p.authors for p in papers if p.authors), ()),
        date=(same_year or [best.date])[0] if best.date else next(iter(dates), None),
        venue=best.venue or next((p.venue for p in papers if p.venue), None),
        ids=dict(sorted(ids.items())),
        url=best.url or next((p.url for p in papers if p.url), None),
        source=best.source or next((p.source for p in papers if p.source), None),
    )
    return replace(ranked[0], paper=merged) if isinstance(ranked[0], Findings) else merged


def deduplicate(records: Iterable[Paper | Findings | BrokenRecord]) -> Iterator[Paper | Findings | BrokenRecord]:
    """Yield each paper once, sorted by id, whatever the order, number and formats of its copies.

    Broken records pass through at once. Copies meet by arXiv number, by DOI, and by title where nothing
    speaks against it (see `same_paper`); then the richest copy is kept and completed from the others (see
    `merge`). Only keys are held in memory: records beyond 64 MB wait in a temporary file.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        groups = _Groups()
        offsets: list[int] = []
        ids: list[str] = []
        for record in records:
            if isinstance(record, BrokenRecord):
                yield record
                continue
            paper = _paper(record)
            *sure, title = same_paper_keys(paper)
            groups.add(len(offsets), sure, title)
            offsets.append(spool.tell())
            ids.append(paper.id)
            pickle.dump(record, spool)

        def merged(numbers: Sequence[int]) -> Paper | Findings:
            copies = []
            for n in numbers:
                spool.seek(offsets[n])
                copies.append(pickle.load(spool))
            return merge(copies) if len(copies) > 1 else copies[0]

        by_id: dict[str, list[Sequence[int]]] = defaultdict(list)
        groups.compare_titles(lambda numbers: _paper(merged(numbers)))
        for numbers in groups.members().values():
            by_id[ids[numbers[0]] if len(numbers) == 1 else _paper(merged(numbers)).id].append(numbers)
        named: list[tuple[str, Sequence[int]]] = []
        for id, papers in by_id.items():
            first, *others = papers if len(papers) == 1 else sorted(papers, key=lambda ns: _rank(merged(ns)))
            named.append((id, first))
            # Different papers of one id, as when each file numbers its papers from 1.
            named += [(f"{id}-{_content(_paper(merged(other)))}", other) for other in others]
        for id, copies in sorted(named):
            record = merged(copies)
            yield record if _paper(record).id == id else _renamed(record, id)


def _content(paper: Paper) -> str:
    """Tell papers of one id apart."""
    return digest(title_key(paper.title), paper.abstract, *sorted(paper.ids.items()), *paper.authors, length=6)


def _renamed(record: Paper | Findings, id: str) -> Paper | Findings:
    """Give a record another paper id, in its evidence too."""
    if isinstance(record, Paper):
        return replace(record, id=id)
    return replace(
        record,
        paper=replace(record.paper, id=id),
        relations=tuple(
            replace(r, evidence=replace(r.evidence, paper=id) if r.evidence else None) for r in record.relations
        ),
        results=tuple(
            replace(r, evidence=replace(r.evidence, paper=id) if r.evidence else None) for r in record.results
        ),
    )


def _short(name: str) -> bytes:
    """Shorten a key: many are held in memory."""
    return hashlib.blake2b(name.encode(), digest_size=12).digest()


class _Groups:
    """Numbers of records, brought together by common keys (union-find)."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.first: dict[bytes, int] = {}
        self.titles: dict[bytes, list[int]] = defaultdict(list)

    def root(self, n: int) -> int:
        while self.parent[n] != n:
            self.parent[n] = self.parent[self.parent[n]]
            n = self.parent[n]
        return n

    def join(self, a: int, b: int) -> None:
        a, b = sorted((self.root(a), self.root(b)))
        self.parent[b] = a

    def add(self, n: int, sure: Iterable[str], title: str) -> None:
        self.parent.append(n)
        for name in sure:
            self.join(self.first.setdefault(_short(name), n), n)
        self.titles[_short(title)].append(n)

    def members(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for n in range(len(self.parent)):
            found[self.root(n)].append(n)
        return found

    def compare_titles(self, merged: Callable[[Sequence[int]], Paper]) -> None:
        """Join the papers of one title that nothing speaks against.

        They are compared in the order of their content, so that which came first plays no part, and those
        with identifiers first, so that a record without any joins them. What one title joins is not yet
        seen by the next.
        """
        members = self.members()
        home = [self.root(n) for n in range(len(self.parent))]
        for numbers in self.titles.values():
            roots = {home[n] for n in numbers}
            if len(roots) < 2:
                continue
            papers = sorted(((merged(members[r]), r) for r in roots), key=lambda p: (not p[0].ids, _rank(p[0])))
            kept: list[tuple[list[Paper], int]] = []
            for paper, r in papers:
                for same, first in kept:
                    if all(same_paper(paper, other) for other in same):
                        same.append(paper)
                        self.join(first, r)
                        break
                else:
                    kept.append(([paper], r))
