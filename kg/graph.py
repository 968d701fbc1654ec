"""The graph: a view on a store from which every export, query and picture is made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError, UnknownName
from kg.facts import measurement_from_json, paper_node
from kg.findings import findings_from_json, paper_from_json
from kg.resolve import Merge
from kg.schema import BASE, NODE_TYPES, ROLES
from kg.store import Store
from kg.types import Claim, Edge, Entity, Evidence, Findings, Measurement, Mention, Paper, key

if TYPE_CHECKING:
    import networkx
    import rdflib

__all__ = ["KnowledgeGraph", "load", "paper_node"]


@dataclass(frozen=True, slots=True)
class Stats:
    """What a graph holds: nodes and edges by type, and the things most papers name."""

    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    results: int
    top: Mapping[str, tuple[tuple[str, int], ...]]


class KnowledgeGraph:
    """Papers, entities, edges and measurements, read from a store as they are asked for.

    Everything is streamed in a fixed order. `filtered` gives a view without what is too uncertain.
    """

    def __init__(self, store: Store, *, base: str | None = None, min_confidence: float = 0.0) -> None:
        self.store = store
        self.min_confidence = min_confidence
        self.meta: Mapping[str, str] = store.meta
        self.base = base or self.meta.get("base", BASE)
        if "resolved" not in self.meta:
            raise StoreError(
                "the build of this graph never finished", where=store.path, hint="run the same kg build again"
            )
        self._names: dict[str, str] | None = None

    @property
    def path(self) -> Path | None:
        """The `.kg` folder, or None for a graph in memory."""
        return self.store.path

    def filtered(self, *, min_confidence: float) -> KnowledgeGraph:
        """View the graph without claims and results less certain than this, and things that then have none."""
        return KnowledgeGraph(self.store, base=self.base, min_confidence=min_confidence)

    def iri(self, id: str) -> str:
        """Give the IRI of a node, edge or result."""
        return self.base + id

    # Nodes

    def papers(self) -> Iterator[Paper]:
        """Stream the papers, sorted by id."""
        for (record,) in self.store.rows("SELECT record FROM paper ORDER BY id"):
            yield paper_from_json(json.loads(record))

    def entities(self, type: str | None = None) -> Iterator[Entity]:
        """Stream the entities (authors and venues too), sorted by id."""
        if type is not None and type not in NODE_TYPES:
            raise UnknownName("type", type, NODE_TYPES)
        where = "WHERE type = ?" if type else ""
        parameters: list[Any] = [type] if type else []
        if self.min_confidence:
            where += (" AND" if where else "WHERE") + " id IN (SELECT target FROM claim WHERE confidence >= ?)"
            parameters.append(self.min_confidence)
        for id, record in self.store.rows(f"SELECT id, record FROM entity {where} ORDER BY id", parameters):
            yield _entity(id, record)

    def measurements(self, *, paper: str | None = None, node: str | None = None) -> Iterator[Measurement]:
        """Stream the measurements, sorted by id: all, those of a paper (by Paper.id), or those that name a node."""
        where: list[str] = []
        values: list[Any] = []
        if self.min_confidence:
            where.append("json_extract(record, '$.confidence') >= ?")
            values.append(self.min_confidence)
        if paper is not None:
            where.append("paper = ?")
            values.append(paper)
        if node is not None:
            where.append("? IN (subject, metric, baseline, dataset, task, hardware)")
            values.append(node)
        sql = f"SELECT id, paper, record FROM measurement {'WHERE ' + ' AND '.join(where) if where else ''} ORDER BY id"
        for id, paper_id, record in self.store.rows(sql, values):
            yield measurement_from_json(id, paper_id, json.loads(record))

    def node(self, id: str) -> Paper | Entity | Measurement:
        """Give the node of an id; raises UnknownName when there is none."""
        for _, record in self.store.rows("SELECT id, record FROM entity WHERE id = ?", (id,)):
            return _entity(id, record)
        for m, paper, record in self.store.rows("SELECT id, paper, record FROM measurement WHERE id = ?", (id,)):
            return measurement_from_json(m, paper, json.loads(record))
        for (record,) in self.store.rows("SELECT record FROM paper WHERE node = ?", (id,)):
            return paper_from_json(json.loads(record))
        raise UnknownName("node", id, self._similar(id))

    def find(self, name: str, type: str | None = None) -> Entity | Paper:
        """Find a thing by its name, alias, title, id or IRI; raises UnknownName with the nearest names.

        Of several things with one name the one that most papers name is taken.
        """
        name = name.removeprefix(self.base)
        if "/" in name and (found := self._by_id(name, type)):
            return found
        nodes = [n for (n,) in self.store.rows("SELECT node FROM form WHERE key = ?", (key(name),))]
        if type:
            nodes = [n for n in nodes if n.startswith(type.lower() + "/")]
        if not nodes:
            raise UnknownName(type.lower() if type else "thing", name, self._similar(name, type))
        exact = {n for n in nodes if getattr(self.node(n), "name", None) == name}
        chosen = min(nodes, key=lambda n: (n not in exact, -self._papers_of(n), n))
        found_node = self.node(chosen)
        assert not isinstance(found_node, Measurement)
        return found_node

    def _by_id(self, id: str, type: str | None) -> Entity | Paper | None:
        try:
            node = self.node(id)
        except UnknownName:
            return None
        if isinstance(node, Measurement) or (type and isinstance(node, Entity) and node.type != type):
            return None
        return node

    def _papers_of(self, node: str) -> int:
        return int(next(self.store.rows("SELECT count(DISTINCT paper) FROM claim WHERE target = ?", (node,)))[0])

    def _similar(self, name: str, type: str | None = None) -> list[str]:
        """Collect names close enough to be meant."""
        from rapidfuzz import fuzz, process

        if self._names is None:
            sql = "SELECT name, type FROM entity ORDER BY id"
            self._names = {str(n): str(t) for n, t in self.store.rows(sql)}
        known = [n for n, t in self._names.items() if type in (None, t)]
        near = process.extract(name, known, scorer=fuzz.WRatio, processor=str.casefold, limit=5, score_cutoff=70)
        return [n for n, *_ in near]

    # Edges

    def edges(
        self, *, type: str | None = None, source: str | None = None, target: str | None = None, words: bool = True
    ) -> Iterator[Edge]:
        """Stream edges with their claims, sorted by source, type and target; without `words` claims are bare."""
        given = {"type": type, "source": source, "target": target}
        where = [f"{column} = ?" for column, value in given.items() if value is not None]
        values: list[Any] = [v for v in given.values() if v is not None]
        if self.min_confidence:
            where.append("confidence >= ?")
            values.append(self.min_confidence)
        sql = (
            f"SELECT source, type, target, paper, confidence{', words' if words else ''} FROM claim "
            f"{'WHERE ' + ' AND '.join(where) if where else ''} ORDER BY source, type, target, paper"
        )
        for (s, t, o), rows in groupby(self.store.rows(sql, values), key=lambda r: r[:3]):
            yield Edge(s, t, o, tuple(_claim(*row[3:]) for row in rows if row[3]))

    def claims(self) -> Iterator[Edge]:
        """Stream edges once for each paper that says so, with that claim alone, sorted by paper."""
        sql = (
            "SELECT source, type, target, paper, confidence, words FROM claim"
            " WHERE paper != '' AND confidence >= ? ORDER BY paper, source, type, target"
        )
        for s, t, o, *claim in self.store.rows(sql, (self.min_confidence,)):
            yield Edge(s, t, o, (_claim(*claim),))

    # Findings

    def findings(self) -> Iterator[Findings]:
        """Stream what each paper says, as it was extracted, sorted by paper."""
        for (text,) in self.store.rows("SELECT findings FROM paper ORDER BY id"):
            yield findings_from_json(json.loads(text))

    def resolved(self) -> Iterator[tuple[Findings, dict[tuple[str, str], str]]]:
        """Stream findings, each with a map from (name, type) to the id of the node that it is."""
        for findings in self.findings():
            rows = self.store.rows("SELECT name, type, node FROM node_of WHERE paper = ?", (findings.paper.id,))
            yield findings, {(name, type): node for name, type, node in rows}

    def merges(self, node: str | None = None) -> Iterator[Merge]:
        """Stream why forms stand under their entities, sorted: all, or those of one entity."""
        where, values = ("WHERE entity = ?", (node,)) if node else ("", ())
        for row in self.store.rows(
            f"SELECT entity, form, reason, score, paper FROM merge {where} ORDER BY entity, form, paper, reason", values
        ):
            yield Merge(*row)

    # Views

    def stats(self, *, top: int = 10) -> Stats:
        """Count nodes and edges by type, and rank the things that most papers name."""
        nodes: Counter[str] = Counter({"Paper": self.store.size})
        for e in self.entities():
            nodes[e.type] += 1
        low = (self.min_confidence,)
        # A paper's own edges are told from those between entities by where they begin.
        edges = {
            (f"{t} (between entities)" if t in ROLES and not from_paper else t): n
            for t, from_paper, n in self.store.rows(
                "SELECT type, from_paper, count(*) FROM (SELECT DISTINCT type, source, target,"
                " source LIKE 'paper/%' AS from_paper FROM claim WHERE confidence >= ?)"
                " GROUP BY type, from_paper ORDER BY type, from_paper DESC",
                low,
            )
        }
        best = {
            kind: tuple(
                (name, n)
                for name, n in self.store.rows(
                    "SELECT e.name, count(DISTINCT c.paper) AS n FROM claim c JOIN entity e ON e.id = c.target"
                    " WHERE e.type = ? AND c.source LIKE 'paper/%' AND c.confidence >= ?"
                    " GROUP BY e.id ORDER BY n DESC, e.id LIMIT ?",
                    (kind, *low, top),
                )
            )
            for kind in ("Hardware", "Dataset", "Method", "Architecture", "Task", "Metric")
        }
        order = {t: n for n, t in enumerate(NODE_TYPES)}
        results = sum(1 for _ in self.measurements())
        return Stats(dict(sorted(nodes.items(), key=lambda kv: order[kv[0]])), edges, results, best)

    def to_networkx(self) -> networkx.MultiDiGraph[str]:
        """Copy the graph into networkx: nodes and edges with plain attributes, keyed by id."""
        import networkx

        graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(base=self.base)
        for p in self.papers():
            graph.add_node(
                paper_node(p.id), type="Paper", label=p.title, iri=self.iri(paper_node(p.id)), date=p.date or ""
            )
        for e in self.entities():
            graph.add_node(e.id, type=e.type, label=e.name, iri=self.iri(e.id), aliases=" | ".join(e.aliases))
        for edge in self.edges():
            if edge.source in graph and edge.target in graph:
                graph.add_edge(
                    edge.source, edge.target, key=edge.id, type=edge.type, confidence=edge.confidence,
                    support=edge.support, weight=float(max(1, edge.support)),
                    evidence=" | ".join(w.quote for c in edge.claims for w in c.evidence[:1]),
                )  # fmt: skip
        return graph

    def to_rdflib(self) -> rdflib.Graph:
        """Copy the graph into a plain rdflib Graph."""
        from kg.export.rdf import to_rdflib

        graph: rdflib.Graph = to_rdflib(self)
        return graph

    def query(self, sparql: str, **options: Any) -> Any:
        """Ask in SPARQL; prefixes are preloaded. See `kg.query.sparql.query`."""
        from kg.query.sparql import query

        return query(self, sparql, **options)

    def view(self, name: str, **options: Any) -> Any:
        """Draw one thing's neighbourhood for a notebook. See `kg.export.view.view`."""
        from kg.export.view import view

        return view(self, name, **options)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> KnowledgeGraph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _entity(id: str, record: str) -> Entity:
    fields = json.loads(record)
    for name in ("aliases", "broader"):
        fields[name] = tuple(fields.get(name, ()))
    return Entity(id=id, **fields)


def _claim(paper: str, confidence: float, words: str | None = None) -> Claim:
    if words is None:
        return Claim(paper, confidence, ())
    evidence, mentions = json.loads(words)
    return Claim(
        paper,
        confidence,
        tuple(Evidence(paper, *e) for e in evidence),
        tuple(Mention(text, start, end) for start, end, text in mentions),
    )


def load(path: str | Path, *, base: str | None = None, min_confidence: float = 0.0) -> KnowledgeGraph:
    """Open the graph of a `.kg` folder for reading."""
    return KnowledgeGraph(Store.open(path), base=base, min_confidence=min_confidence)
