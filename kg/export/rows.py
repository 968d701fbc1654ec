"""The graph as rows of plain values: what the network and table formats share.

A row is a dict with the columns named here; what is not known is None or empty. `papers` of a node counts
the papers that name it, and `start` is the day from which it is known, for formats that have time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kg.facts import paper_node
from kg.types import Edge, Entity, Measurement, Paper

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Column -> "string", "list", "boolean", "int", "float" or "double".
Columns = Mapping[str, str]

NODE_COLUMNS: Columns = {
    "label": "string",
    "type": "string",
    "iri": "string",
    "papers": "int",
    "year": "int",
    "date": "string",
    "venue": "string",
    "authors": "list",
    "abstract": "string",
    "url": "string",
    "results": "list",
    "aliases": "list",
    "broader": "list",
    "ids": "list",
    "scope": "string",
}

EDGE_COLUMNS: Columns = {
    "label": "string",
    "type": "string",
    "iri": "string",
    "weight": "double",
    "confidence": "double",
    "support": "int",
    "year": "int",
    "papers": "list",
    "quote": "string",
    "quote_paper": "string",
    "quote_start": "int",
    "quote_end": "int",
}


def day(date: str | None) -> str | None:
    """Give the first day of a date, however exact it is; None when it is no date.

    >>> day("2017-06"), day("2017"), day("June 2017"), day("soon")
    ('2017-06-01', '2017-01-01', '2017-01-01', None)
    """
    exact = re.match(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?(?!\d)", date or "")
    if exact:
        return f"{exact[1]}-{exact[2] or '01'}-{exact[3] or '01'}"
    year = re.search(r"\b(?:1[89]|20)\d\d\b", date or "")
    return f"{year[0]}-01-01" if year else None


def verb(type: str) -> str:
    """Write the type of an edge as words.

    >>> verb("runs_on")
    'runs on'
    """
    return type.replace("_", " ")


class Rows:
    """Nodes and edges of a graph as rows, in the order of their ids."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        self._dates = {p.id: day(p.date) for p in graph.papers()}
        self.names: dict[str, str] = {}
        self.types: dict[str, str] = {}
        for e in graph.entities():
            self.names[e.id], self.types[e.id] = e.name, e.type
        self._known = {*(paper_node(id) for id in self._dates), *self.names}
        # Papers that name a thing, and the first of their days, "" when one of them has none.
        papers: dict[str, set[str]] = defaultdict(set)
        self._starts: dict[str, str] = {}
        for edge in self.found():
            if edge.source.startswith("paper/"):
                papers[edge.target].add(edge.source)
                start = self._start(edge) or ""
                self._starts[edge.target] = min(start, self._starts.get(edge.target, start))
        self._papers = {node: len(naming) for node, naming in papers.items()}

    @property
    def title(self) -> str:
        """Say what the graph is, for readers of the file."""
        return f"Knowledge graph of {len(self._dates)} papers"

    @property
    def dated(self) -> bool:
        """Whether any paper has a date."""
        return any(self._dates.values())

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Yield papers, then entities, each sorted by id."""
        for paper in self.graph.papers():
            yield self._paper(paper)
        for entity in self.graph.entities():
            yield self._entity(entity)

    def edges(self) -> Iterator[dict[str, Any]]:
        """Yield edges, sorted by source, type and target."""
        for edge in self.found():
            claims = sorted(edge.claims, key=lambda c: (-c.confidence, c.paper))
            best = next((e for c in claims for e in c.evidence), None)
            start = self._start(edge)
            yield {
                "id": edge.id,
                "source": edge.source,
                "target": edge.target,
                "label": verb(edge.type),
                "type": edge.type,
                "iri": self.graph.iri(edge.id),
                "weight": float(max(1, edge.support)),
                "confidence": edge.confidence,
                "support": edge.support,
                "start": start,
                "year": int(start[:4]) if start else None,
                "papers": tuple(c.paper for c in claims),
                "quote": best.quote if best else None,
                "quote_paper": best.paper if best else None,
                "quote_start": best.start if best else None,
                "quote_end": best.end if best else None,
            }

    def measured(self, m: Measurement) -> str:
        """Write a result in one line, such as "ViTA accuracy 79.2 % on ImageNet"."""
        value = f"{m.value:g}" if m.value_high is None else f"{m.value:g}-{m.value_high:g}"
        parts = [self.names.get(m.subject or "", ""), m.metric_text, value, m.unit]
        for word, node in (("on", m.dataset), ("on", m.hardware), ("over", m.baseline)):
            if node in self.names:
                parts += [word, self.names[node or ""]]
        return " ".join(part for part in parts if part)

    def found(self) -> Iterator[Edge]:
        """Stream the edges whose ends are both there."""
        # In a filtered view an edge may lead to a thing that is no longer there.
        return (e for e in self.graph.edges() if e.source in self._known and e.target in self._known)

    def _start(self, edge: Edge) -> str | None:
        days = [d for c in edge.claims if (d := self._dates.get(c.paper))]
        return min(days) if days and len(days) == len(edge.claims) else None

    def _paper(self, paper: Paper) -> dict[str, Any]:
        id = paper_node(paper.id)
        start = self._dates[paper.id]
        return {
            "id": id,
            "label": paper.title or paper.id,
            "type": "Paper",
            "iri": self.graph.iri(id),
            "papers": 1,
            "start": start,
            "year": int(start[:4]) if start else None,
            "date": paper.date,
            "venue": paper.venue,
            "authors": paper.authors,
            "abstract": paper.abstract,
            "url": paper.url,
            "results": tuple(self.measured(m) for m in self.graph.measurements(paper=paper.id)),
            "ids": tuple(f"{k}={v}" for k, v in sorted(paper.ids.items())),
        }

    def _entity(self, entity: Entity) -> dict[str, Any]:
        start = self._starts.get(entity.id) or None
        return {
            "id": entity.id,
            "label": entity.name,
            "type": entity.type,
            "iri": self.graph.iri(entity.id),
            "papers": self._papers.get(entity.id, 0),
            "start": start,
            "year": int(start[:4]) if start else None,
            "aliases": entity.aliases,
            "broader": entity.broader,
            "ids": tuple(f"{k}={v}" for k, v in sorted(entity.ids.items())),
            "scope": entity.scope,
        }
