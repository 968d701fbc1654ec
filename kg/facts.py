"""From findings and resolved names to the rows of the graph: nodes, claims and measurements."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kg.findings import sentence_spans
from kg.schema import ROLE_TYPES, TYPES, direction
from kg.types import Evidence, Findings, Link, Measurement, Mention, Paper, digest, key, slug

#: A claim as the store keeps it: source, type, target, paper, confidence, words as JSON.
ClaimRow = tuple[str, str, str, str, float, str]

_SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"


def paper_node(paper_id: str) -> str:
    """Name a paper's node; an id that would not read well in an IRI is replaced by slug and hash.

    >>> paper_node("arxiv-1706.03762"), paper_node("10.1/a b")
    ('paper/arxiv-1706.03762', 'paper/10-1-a-b-f99e7127')
    """
    if paper_id and all(c in _SAFE for c in paper_id):
        return f"paper/{paper_id}"
    return f"paper/{slug(paper_id, length=40)}-{digest(paper_id, length=8)}"


def person_node(name: str) -> str:
    """Name an author's node."""
    return _named("author", name)


def venue_node(name: str) -> str:
    """Name a venue's node."""
    return _named("venue", name)


def _named(kind: str, name: str) -> str:
    plain = slug(name)
    if plain and plain == key(name).replace(".", "").replace(" ", "-"):
        return f"{kind}/{plain}"
    return f"{kind}/{'-'.join(filter(None, (plain, digest(kind, key(name), length=6))))}"


def words_to_json(evidence: Iterable[Evidence], mentions: Iterable[Mention] = ()) -> str:
    """Write the words of a claim: `[[section, start, end, quote], ...]` and `[[start, end, text], ...]`."""
    return json.dumps(
        [
            [[e.section, e.start, e.end, e.quote] for e in evidence],
            [[m.start, m.end, m.text] for m in mentions],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


class _Sentences:
    """The sentences of one paper, found by offset."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.spans = sentence_spans(paper.text)
        self.starts = [s for s, _ in self.spans]

    def around(self, start: int, end: int) -> Evidence:
        """Cut the sentence that holds a span; one that crosses sentences takes them all."""
        first = max(0, bisect_right(self.starts, start) - 1)
        last = max(first, bisect_right(self.starts, max(start, end - 1)) - 1)
        return self.paper.quote(min(start, self.spans[first][0]), max(end, self.spans[last][1]))


#: Types by the first part of their nodes' ids.
_TYPE_OF = {type.lower(): type for type in TYPES}


def _fitting(role: str, node: str) -> str:
    """Give the role, or the nearest that a node may have whose type the lexicon knows better than the paper told.

    >>> _fitting("addresses", "task/translation"), _fitting("addresses", "method/pruning"), _fitting("uses", "task/x")
    ('addresses', 'uses', 'mentions')
    """
    type = _TYPE_OF[node.partition("/")[0]]
    return next(r for r in (role, "uses", "mentions") if type in ROLE_TYPES[r])


def claims(findings: Findings, node_of: Mapping[tuple[str, str, str], str]) -> Iterator[ClaimRow]:
    """Yield the claims of one paper: its links by role, its relations, its authors and venue."""
    paper = findings.paper
    source = paper_node(paper.id)
    sentences = _Sentences(paper)
    merged: dict[tuple[str, str, str], tuple[float, list[Evidence], list[Mention]]] = {}

    def add(edge: tuple[str, str, str], confidence: float, words: list[Evidence], mentions: list[Mention]) -> None:
        best, known_words, known_mentions = merged.setdefault(edge, (0.0, [], []))
        merged[edge] = (max(best, confidence), known_words, known_mentions)
        known_words += [w for w in words if w not in known_words]
        known_mentions += [m for m in mentions if m not in known_mentions]

    links: dict[tuple[str, str | None], Link] = {}
    for link in findings.links:
        links[link.name, link.type] = link
        links.setdefault((link.name, None), link)
        node = node_of.get((paper.id, link.name, link.type))
        if node is None:  # rejected by a correction
            continue
        words: list[Evidence] = []
        for m in link.mentions:
            sentence = sentences.around(m.start, m.end)
            if sentence not in words:
                words.append(sentence)
        add((source, _fitting(link.role, node), node), link.confidence, words, list(link.mentions))
    for relation in findings.relations:
        head = links.get((relation.head, relation.head_type))
        tail = links.get((relation.tail, relation.tail_type))
        if head is None or tail is None:
            continue
        ends = [node_of.get((paper.id, x.name, x.type)) for x in (head, tail)]
        if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            continue
        words = [relation.evidence] if relation.evidence else []
        inside = [
            m for x in (head, tail) for m in x.mentions if any(w.start <= m.start and m.end <= w.end for w in words)
        ]
        add((ends[0], relation.type, ends[1]), relation.confidence, words, inside)
    for (head_node, type, tail_node), (confidence, words, mentions) in merged.items():
        words.sort(key=lambda w: (w.start, w.end))
        mentions.sort(key=lambda m: (m.start, m.end))
        yield head_node, type, tail_node, paper.id, round(confidence, 6), words_to_json(words, mentions)
    for name in dict.fromkeys(paper.authors):
        yield source, "author", person_node(name), paper.id, 1.0, "[[],[]]"
    if paper.venue:
        yield source, "venue", venue_node(paper.venue), paper.id, 1.0, "[[],[]]"


def measurements(findings: Findings, node_of: Mapping[tuple[str, str, str], str]) -> Iterator[Measurement]:
    """Yield the results of one paper with their names resolved."""
    paper = findings.paper
    by_name: dict[str, list[Link]] = {}
    by_form: dict[str, list[Link]] = {}
    for link in findings.links:
        by_name.setdefault(link.name, []).append(link)
        for m in link.mentions:
            by_form.setdefault(key(m.text), []).append(link)
        by_form.setdefault(key(link.name), []).append(link)

    def node(name: str | None, *types: str) -> str | None:
        if not name:
            return None
        candidates = by_name.get(name) or by_form.get(key(name)) or []
        candidates = [c for c in candidates if not types or c.type in types] or (
            [] if types == ("Metric",) else candidates
        )
        return node_of.get((paper.id, candidates[0].name, candidates[0].type)) if candidates else None

    seen: dict[str, int] = {}
    for r in findings.results:
        # Findings without a quote: the claim stands in the text as a whole.
        evidence = r.evidence or paper.quote(0, len(paper.text))
        subject = node(r.subject, "Architecture", "Method", "Hardware", "Dataset", "Task")
        metric = node(r.metric, "Metric")
        name = digest(paper.id, subject, key(r.metric), r.value, r.value_high, r.unit, r.kind, r.dataset, r.hardware,
                      r.baseline, evidence.start, evidence.end, length=16)  # fmt: skip
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:  # said twice in the same words
            continue
        yield Measurement(
            id=f"result/{name}",
            paper=paper.id,
            metric_text=r.metric,
            value=r.value,
            unit=r.unit,
            kind=r.kind,
            evidence=evidence,
            value_high=r.value_high,
            metric=metric,
            subject=subject,
            baseline=node(r.baseline),
            dataset=node(r.dataset, "Dataset"),
            task=node(r.task, "Task"),
            hardware=node(r.hardware, "Hardware"),
            direction=direction(r.metric),
            confidence=round(r.confidence, 6),
        )


def measurement_to_json(m: Measurement) -> dict[str, Any]:
    """Write a measurement for the store."""
    e = m.evidence
    fields = {
        n: getattr(m, n)
        for n in Measurement.__dataclass_fields__
        if n not in ("id", "paper", "evidence") and getattr(m, n) is not None
    }
    return {**fields, "evidence": [e.section, e.start, e.end, e.quote]}


def measurement_from_json(id: str, paper: str, record: Mapping[str, Any]) -> Measurement:
    """Read a measurement from the store."""
    fields = dict(record)
    section, start, end, quote = fields.pop("evidence")
    return Measurement(id=id, paper=paper, evidence=Evidence(paper, section, start, end, quote), **fields)
