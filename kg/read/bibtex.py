"""BibTeX and BibLaTeX: entries with LaTeX in them, read as the words that would be printed."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import BrokenRecord
from kg.read.identity import clean
from kg.read.text import read_text, tidy
from kg.types import Paper

if TYPE_CHECKING:
    from bibtexparser.library import Library
    from bibtexparser.model import Block
    from pylatexenc.latex2text import LatexNodes2Text

#: Entries that hold other entries: not papers themselves, but where their papers find venue and year.
CONTAINERS = {"proceedings", "mvproceedings", "collection", "mvcollection", "periodical"}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_bibtex(path: Path) -> Iterator[Paper | BrokenRecord]:
    """Read the papers of a BibTeX file in its order.

    Accents, braces, dashes and formulas become plain characters; a "%" is a per cent sign, since abstracts
    are pasted from elsewhere. Two entries with one key are both read. An entry that cannot be parsed or has
    no title is a broken record.
    """
    library, broken = _parse(read_text(path))
    entries = {e.key.casefold(): {f.key.casefold(): str(f.value) for f in e.fields} for e in library.entries}
    found: list[tuple[int, Paper | BrokenRecord]] = []
    for block in broken:
        line = (block.start_line or 0) + 1
        start = tidy((block.raw or "").split("\n")[0])[:60]
        hint = "a brace, quote or comma is missing in it or after it"
        found.append((line, BrokenRecord(f"not a BibTeX entry: {start}", where=path, line=line, hint=hint)))
    for entry in library.entries:
        if entry.entry_type.casefold() in CONTAINERS:
            continue
        line = (entry.start_line or 0) + 1
        fields = entries[entry.key.casefold()]
        fields = {**_inherited(fields, entries), **fields}
        if not plain(fields.get("title", "")):
            found.append((line, BrokenRecord(f"entry {entry.key!r} has no title", where=path, line=line)))
        else:
            found.append((line, _paper(fields, path)))
    for _, record in sorted(found, key=lambda f: f[0]):
        yield record


def _parse(text: str) -> tuple[Library, list[Block]]:
    """Split a file into entries and the blocks that are none; repeated keys get a number."""
    from bibtexparser.library import Library
    from bibtexparser.middlewares.parsestack import default_parse_stack
    from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ParsingFailedBlock
    from bibtexparser.splitter import Splitter

    # What it would say on the way comes back as broken records.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    broken: list[Block] = []
    blocks: list[Block] = []
    for n, block in enumerate(Splitter(text).split().blocks):
        given: Block | None = block
        while isinstance(given, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
            given = given.ignore_error_block
        if isinstance(given, ParsingFailedBlock) or given is None:
            broken.append(block)
            continue
        if isinstance(given, Entry):
            given.fields = list({f.key.casefold(): f for f in reversed(given.fields)}.values())[::-1]
            if given is not block:
                given.key = f"{given.key}#{n}"
        blocks.append(given)
    library = Library(blocks)
    for middleware in default_parse_stack():
        library = middleware.transform(library)
    return library, broken + list(library.failed_blocks)


def _inherited(fields: Mapping[str, str], entries: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Give what an entry takes over from the proceedings that it refers to."""
    parent = entries.get(fields.get("crossref", "").casefold(), {})
    taken = {k: v for k, v in parent.items() if k in ("year", "date", "month", "booktitle")}
    if "title" in parent:
        taken.setdefault("booktitle", parent["title"])
    return taken


def _paper(fields: Mapping[str, str], path: Path) -> Paper:
    ids = {}
    if fields.get("doi"):
        ids["doi"] = plain(fields["doi"])
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or ""
    if fields.get("eprint") and archive.casefold() in ("arxiv", ""):
        ids["arxiv"] = plain(fields["eprint"])
    # Google Scholar and DBLP cite preprints as articles of a journal.
    places = [fields.get(k, "") for k in ("journal", "journaltitle", "volume", "note", "howpublished")]
    cited = re.search(r"(?:arxiv(?:\.org)?[:/ ]\s*(?:abs/)?|^abs/)(\d{4}\.\d{4,5})", "\n".join(places), re.I | re.M)
    if cited:
        ids.setdefault("arxiv", cited[1])
    venues = [plain(fields.get(k, "")) for k in ("booktitle", "journal", "journaltitle", "eventtitle")]
    venue = next((v for v in venues if v and not re.match(r"arxiv\b|corr$", v, re.IGNORECASE)), None)
    return clean(
        Paper(
            id="",
            title=plain(fields["title"]),
            abstract=plain(fields.get("abstract", "")),
            authors=_people(fields.get("author", "")),
            date=_date(fields),
            venue=venue,
            ids=ids,
            url=plain(fields.get("url", "")) or None,
            source=path.name,
        )
    )


def _people(field: str) -> tuple[str, ...]:
    """Give authors as "First von Last", without "and others".

    >>> _people(r"van den Oord, A{\\"a}ron and {Google Brain} and others")
    ('Aäron van den Oord', 'Google Brain')
    """
    from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names

    names = []
    for name in split_multiple_persons_names(tidy(field)):
        if name.casefold() != "others" and name:
            names.append(plain(parse_single_name_into_parts(name, strict=False).merge_first_name_first))
    return tuple(n for n in names if n)


def _date(fields: Mapping[str, str]) -> str | None:
    """Give the date as exact as the entry has it.

    >>> _date({"year": "2017", "month": "jun"}), _date({"date": "2021-03-27/2021-04-01"})
    ('2017-06', '2021-03-27')
    """
    iso = re.match(r"\d{4}(-\d\d){0,2}", plain(fields.get("date", "")))
    if iso:
        return iso[0]
    year = re.search(r"\b(1[89]|20)\d\d\b", plain(fields.get("year", "")))
    if not year:
        return None
    month = plain(fields.get("month", "")).casefold()
    number = next((n for n, m in enumerate(_MONTHS, 1) if m in month), None)
    if number is None and month.isdigit() and 1 <= int(month) <= 12:
        number = int(month)
    return f"{year[0]}-{number:02}" if number else year[0]


@cache
def _decoder() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    known = get_default_latex_context_db()
    says = {"url": "%s", "texttt": "%s", "LaTeX": "LaTeX", "TeX": "TeX", "cite": "", "citep": "", "citet": ""}
    known.add_context_category("bibtex", prepend=True, macros=[MacroTextSpec(m, t) for m, t in says.items()])
    return LatexNodes2Text(math_mode="text", latex_context=known)


def plain(latex: str) -> str:
    r"""Read LaTeX as the characters that would be printed, on one line.

    >>> print(ascii(plain(r"{FINN}: 2{\times} faster, 12.3$\times$ on {\"U}ltra, 5% of $\mathcal{O}(n^2)$")))
    'FINN: 2\xd7 faster, 12.3\xd7 on \xdcltra, 5% of O(n^2)'
    """
    if not re.search(r"[\\{}$~`']|--", latex):
        return tidy(latex)
    text = re.sub(r"(?<!\\)([%&#])", r"\\\1", latex)
    if len(re.findall(r"(?<!\\)\$", text)) % 2:
        text = re.sub(r"(?<!\\)\$", r"\\$", text)
    text = _decoder().latex_to_text(text)
    # Letters of formulas have characters of their own, under which nobody would search.
    return tidy(re.sub("[\U0001d400-\U0001d7ff]", lambda m: unicodedata.normalize("NFKC", m[0]), text))
