"""Hold every quote of a graph against the text it was cut from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.errors import BrokenRecord
from kg.findings import findings_from_json
from kg.graph import KnowledgeGraph


@dataclass(slots=True)
class Verification:
    """How many quotes were checked, in how many papers, and every one that does not fit."""

    papers: int = 0
    checked: int = 0
    faults: list[str] = field(default_factory=list)


def _quotes(graph: KnowledgeGraph) -> Iterator[tuple[str, str, int, int, str]]:
    """Yield (paper, what, start, end, quote) for all that carries words."""
    for edge in graph.edges():
        for claim in edge.claims:
            for e in claim.evidence:
                yield claim.paper, edge.id, e.start, e.end, e.quote
            for m in claim.mentions:
                yield claim.paper, edge.id, m.start, m.end, m.text
    for result in graph.measurements():
        yield result.paper, result.id, result.evidence.start, result.evidence.end, result.evidence.quote


def verify(graph: KnowledgeGraph) -> Verification:
    """Re-read all evidence: `paper.text[start:end] == quote` for every claim, mention and result."""
    report = Verification()
    texts: dict[str, str] = {}
    for paper in graph.papers():
        texts[paper.id] = paper.text
        report.papers += 1
    for id, findings in graph.store.rows("SELECT id, findings FROM paper ORDER BY id"):
        try:
            findings_from_json(json.loads(findings))
        except (BrokenRecord, ValueError) as error:
            report.faults.append(f"{id}: findings: {error}")
    for paper_id, what, start, end, quote in _quotes(graph):
        report.checked += 1
        text = texts.get(paper_id)
        if text is None:
            report.faults.append(f"{paper_id}: {what} quotes a paper that is not in the graph")
        elif text[start:end] != quote:
            report.faults.append(f"{paper_id}: {what} [{start}:{end}] is {text[start:end]!r}, not {quote!r}")
    return report
