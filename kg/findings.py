"""Findings as JSON: the exchange format, in which papers that were already read come and go.

A line is `{"paper": {...}, "title", "text", "entities": [...], "relations": [...], "results": [...]}`.
Gold annotations (`{"id", "title", "abstract", "entities", ...}` with mentions as plain strings) read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kg.errors import BrokenRecord
from kg.types import Evidence, Findings, Link, Mention, Paper, Relation, Result, paper_id

_PAPER_FIELDS = ("date", "venue", "url", "source")


def paper_to_json(paper: Paper) -> dict[str, Any]:
    """Write a paper's fields, empty ones left out."""
    record: dict[str, Any] = {"id": paper.id, "title": paper.title, "abstract": paper.abstract}
    if paper.authors:
        record["authors"] = list(paper.authors)
    for name in _PAPER_FIELDS:
        if getattr(paper, name):
            record[name] = getattr(paper, name)
    if paper.ids:
        record["ids"] = dict(sorted(paper.ids.items()))
    return record


def paper_from_json(record: Mapping[str, Any]) -> Paper:
    """Read a paper's fields; a record without a title raises BrokenRecord, unless it has an abstract."""
    title, abstract = record.get("title") or "", record.get("abstract") or ""
    if not isinstance(title, str) or not isinstance(abstract, str) or not (title + abstract).strip():
        raise BrokenRecord("no title", hint='every record needs a "title"')
    authors = record.get("authors") or ()
    if isinstance(authors, str):
        authors = [a.strip() for a in re.split(r";|\band\b", authors) if a.strip()]
    if not isinstance(authors, Sequence):
        raise BrokenRecord('"authors" must be a list')
    names = tuple(str(a.get("name", "")) if isinstance(a, Mapping) else str(a) for a in authors)
    outside = record.get("ids") or {}
    if not isinstance(outside, Mapping):
        raise BrokenRecord('"ids" must be an object such as {"arxiv": "1706.03762"}')
    ids = {str(k): str(v) for k, v in outside.items() if v}
    for name in ("doi", "arxiv"):
        if record.get(name):
            ids.setdefault(name, str(record[name]))
    date = record.get("date") or record.get("year")
    return Paper(
        id=str(record.get("id") or paper_id(title or abstract, ids)),
        title=title,
        abstract=abstract,
        authors=tuple(n for n in names if n),
        date=str(date) if date else None,
        venue=record.get("venue") or None,
        ids=ids,
        url=record.get("url") or None,
        source=record.get("source") or None,
    )


def _evidence_to_json(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {"start": evidence.start, "end": evidence.end, "quote": evidence.quote}


def findings_to_json(findings: Findings) -> dict[str, Any]:
    """Write findings as one JSON object, keys in a fixed order."""
    return {
        "paper": paper_to_json(findings.paper),
        "title": findings.paper.title,
        "text": findings.paper.text,
        "entities": [
            {
                "name": link.name,
                "type": link.type,
                "role": link.role,
                "confidence": round(link.confidence, 4),
                "mentions": [{"text": m.text, "start": m.start, "end": m.end} for m in link.mentions],
            }
            for link in findings.links
        ],
        "relations": [
            {
                "head": r.head,
                "type": r.type,
                "tail": r.tail,
                "confidence": round(r.confidence, 4),
                **({"head_type": r.head_type} if r.head_type else {}),
                **({"tail_type": r.tail_type} if r.tail_type else {}),
                "evidence": _evidence_to_json(r.evidence),
            }
            for r in findings.relations
        ],
        "results": [
            {
                "subject": r.subject,
                "metric": r.metric,
                "value": r.value,
                "value_high": r.value_high,
                "unit": r.unit,
                "kind": r.kind,
                "baseline": r.baseline,
                "dataset": r.dataset,
                "task": r.task,
                "hardware": r.hardware,
                "confidence": round(r.confidence, 4),
                "evidence": _evidence_to_json(r.evidence),
            }
            for r in findings.results
        ],
    }


def is_findings(record: Mapping[str, Any]) -> bool:
    """Tell findings (which need no extraction) from a plain paper record."""
    return isinstance(record.get("entities"), list)


def occurrences(text: str, forms: Mapping[str, Any]) -> dict[str, list[Mention]]:
    """Find every occurrence of every form, longest form first, without overlaps.

    >>> occurrences("ViT and ViT-B", {"ViT": 1, "ViT-B": 1})
    {'ViT-B': [Mention(text='ViT-B', start=8, end=13)], 'ViT': [Mention(text='ViT', start=0, end=3)]}
    """
    found: dict[str, list[Mention]] = {}
    taken = bytearray(len(text))
    for form in sorted(forms, key=lambda f: (-len(f), f)):
        for start in _places(text, form):
            end = start + len(form)
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * len(form)
                found.setdefault(form, []).append(Mention(form, start, end))
    return found


def _places(text: str, form: str) -> Iterator[int]:
    """Yield where a form stands as a word of its own, from left to right, without overlaps."""
    if not form:
        return
    open_left, open_right = not form[0].isalnum(), not form[-1].isalnum()
    start = text.find(form)
    while start >= 0:
        end = start + len(form)
        free_left = open_left or start == 0 or not _in_word(text[start - 1])
        free_right = open_right or end == len(text) or not _in_word(text[end])
        if free_left and free_right:
            yield start
        start = text.find(form, end if free_left and free_right else start + 1)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _cut(paper: Paper, given: Any, *, what: str) -> Evidence | None:
    """Read evidence and hold it against the text."""
    if given is None:
        return None
    if isinstance(given, str):
        start = paper.text.find(given)
        if start < 0:
            raise BrokenRecord(f"the quote of a {what} is not in the text: {given!r}")
        return paper.quote(start, start + len(given))
    evidence = paper.quote(int(given["start"]), int(given["end"]))
    if evidence.quote != given.get("quote", evidence.quote) or not evidence.quote:
        raise BrokenRecord(
            f"the evidence of a {what} does not fit the text at {evidence.start}: {given.get('quote')!r}",
            hint="offsets count Unicode code points into title, newline, abstract",
        )
    return evidence


def _mentions(paper: Paper, entity: Mapping[str, Any], found: Mapping[str, list[Mention]]) -> tuple[Mention, ...]:
    mentions: list[Mention] = []
    for given in entity.get("mentions") or ():
        if isinstance(given, str):
            if given not in paper.text:
                raise BrokenRecord(f"mention {given!r} is not in the text")
            start = paper.text.find(given)
            # A form can stand only inside longer forms; its first occurrence is then its evidence.
            mentions += found.get(given) or [Mention(given, start, start + len(given))]
        else:
            m = Mention(str(given["text"]), int(given["start"]), int(given["end"]))
            if paper.text[m.start : m.end] != m.text:
                raise BrokenRecord(
                    f"mention {m.text!r} is not at {m.start}",
                    hint="offsets count Unicode code points into title, newline, abstract",
                )
            mentions.append(m)
    if not mentions:
        raise BrokenRecord(f"entity {entity.get('name')!r} has no mention")
    return tuple(sorted(set(mentions), key=lambda m: (m.start, m.end)))


def findings_from_json(record: Mapping[str, Any]) -> Findings:
    """Read findings or a gold annotation; raises BrokenRecord when offsets, names or types do not fit."""
    from kg.schema import RELATIONS, ROLES, TYPES

    paper = paper_from_json(record.get("paper") or record)
    text = record.get("text")
    if isinstance(text, str) and text != paper.text:
        if "paper" in record and "abstract" not in record["paper"] and text.startswith(paper.title + "\n"):
            paper = replace(paper, abstract=text[len(paper.title) + 1 :])
        else:
            raise BrokenRecord("text is not title, newline, abstract")
    try:
        plain = {m for e in record["entities"] for m in e.get("mentions") or () if isinstance(m, str)}
        found = occurrences(paper.text, dict.fromkeys(plain))
        links = []
        for e in record["entities"]:
            if e["type"] not in TYPES:
                raise BrokenRecord(f"unknown type {e['type']!r}", hint=f"one of {', '.join(TYPES)}")
            role = e.get("role") or "mentions"
            if role not in ROLES:
                raise BrokenRecord(f"unknown role {role!r}", hint=f"one of {', '.join(ROLES)}")
            links.append(
                Link(str(e["name"]), e["type"], role, _mentions(paper, e, found), float(e.get("confidence", 1.0)))
            )
        by_name = {link.name: link for link in links}
        relations = []
        for r in record.get("relations") or ():
            if r["type"] not in RELATIONS:
                raise BrokenRecord(f"unknown relation {r['type']!r}", hint=f"one of {', '.join(RELATIONS)}")
            for end in ("head", "tail"):
                if r[end] not in by_name:
                    raise BrokenRecord(f"relation names {r[end]!r}, which is no entity of the paper")
            evidence = _cut(paper, r.get("evidence"), what="relation")
            relations.append(
                Relation(
                    r["head"],
                    r["type"],
                    r["tail"],
                    evidence or nearest(paper, by_name[r["head"]], by_name[r["tail"]]),
                    float(r.get("confidence", 1.0)),
                    r.get("head_type"),
                    r.get("tail_type"),
                )
            )
        results = [_result(paper, r) for r in record.get("results") or ()]
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise BrokenRecord(f"not findings: {type(broken).__name__} {broken}") from broken
    return Findings(paper, tuple(links), tuple(relations), tuple(results))


def _result(paper: Paper, r: Mapping[str, Any]) -> Result:
    high = r.get("value_high")
    return Result(
        metric=str(r.get("metric") or ""),
        value=float(r["value"]),
        unit=str(r.get("unit") or ""),
        kind=str(r.get("kind") or "absolute"),
        evidence=_cut(paper, r.get("evidence") or r.get("quote"), what="result"),
        subject=r.get("subject"),
        value_high=float(high) if high is not None else None,
        baseline=r.get("baseline"),
        dataset=r.get("dataset"),
        task=r.get("task"),
        hardware=r.get("hardware"),
        confidence=float(r.get("confidence", 1.0)),
    )


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Cut a text into sentences, as (start, end) offsets; the title is one of its own.

    >>> sentence_spans("A title\\nOne, e.g. this. Two 1.5 x.")
    [(0, 7), (8, 23), (24, 34)]
    """
    spans, start = [], 0
    ends = [
        m.end()
        for m in re.finditer(
            r"[.!?](?=\s+[A-Z0-9(\[\"'])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bal\.)(?<!\bvs\.)(?<!\bcf\.)|\n", text
        )
    ]
    for end in [*ends, len(text)]:
        cut = text[start:end]
        left = start + len(cut) - len(cut.lstrip())
        right = start + len(cut.rstrip())
        if right > left:
            spans.append((left, right))
        start = end
    return spans


def nearest(paper: Paper, head: Link, tail: Link) -> Evidence:
    """Cut the shortest run of whole sentences that names both things."""
    spans = sentence_spans(paper.text)

    def sentence(m: Mention) -> int:
        return next((i for i, (_, end) in enumerate(spans) if m.start < end), len(spans) - 1)

    pairs = [(abs(sentence(h) - sentence(t)), h.start, t.start, h, t) for h in head.mentions for t in tail.mentions]
    *_, h, t = min(pairs, key=lambda p: p[:3])
    first, last = sorted((sentence(h), sentence(t)))
    start = min(spans[first][0], h.start, t.start)
    end = max(spans[last][1], h.end, t.end)
    return paper.quote(start, end)
