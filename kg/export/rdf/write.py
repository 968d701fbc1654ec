"""From blocks to files: N-Triples, N-Quads, Turtle, TriG, RDF/XML and JSON-LD, all streamed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kg.errors import UnknownName
from kg.export.files import replacing
from kg.export.rdf.lpwc import LpwcStatements
from kg.export.rdf.statements import Block, Statements, by_paper
from kg.export.rdf.terms import Json, NTriples, Turtle
from kg.export.rdf.vocabulary import KINDS, PREFIXES
from kg.facts import paper_node
from kg.schema import home
from kg.types import Measurement

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Shapes in which a graph can be written: ours, or that of Linked Papers With Code.
PROFILES: dict[str, type[Statements]] = {"kg": Statements, "lpwc": LpwcStatements}

#: Lines gathered before they are written.
_LINES = 4096


def blocks(
    graph: KnowledgeGraph, syntax: type[NTriples], *, graphs: bool, star: bool = False, profile: str = "kg"
) -> tuple[NTriples, Iterator[Block]]:
    """Give the terms of a syntax, and the blocks of a graph in a profile written with them.

    Without `graphs` there are no copies: everything is said once. Raises UnknownName when there is no such profile.
    """
    if profile not in PROFILES:
        raise UnknownName("profile", profile, PROFILES)
    terms = syntax(graph.base, PROFILES[profile].prefixes)
    return terms, PROFILES[profile](graph, terms, star=star, copies=graphs).all()


def lines(found: Iterable[Block], *, graphs: bool) -> Iterator[str]:
    """Write blocks as N-Quads, or without graphs as N-Triples."""
    for block in found:
        end = f" {block.graph} .\n" if graphs and block.graph else " .\n"
        subject = block.subject + " "
        yield "".join([f"{subject}{p} {o}{end}" for p, o in block.pairs])


def turtle(found: Iterable[Block]) -> Iterator[str]:
    """Write blocks as Turtle, one paragraph a subject, one line a predicate."""
    for block in found:
        yield _paragraph(block, "")


def trig(found: Iterable[Block]) -> Iterator[str]:
    """Write blocks as TriG: the default graph bare, each named graph between braces once."""
    inside: str | None = None
    for block in found:
        if block.graph != inside:
            if inside is not None:
                yield "}\n\n"
            if block.graph:
                yield f"{block.graph} {{\n\n"
            inside = block.graph
        yield _paragraph(block, "  " if inside else "")
    if inside is not None:
        yield "}\n"


def _paragraph(block: Block, indent: str) -> str:
    parts: list[str] = []
    last = None
    for p, o in block.pairs:
        if p == last:
            parts.append(f", {o}")
        else:
            parts.append(f"{f' ;{chr(10)}{indent}    ' if parts else ' '}{p} {o}")
            last = p
    return f"{indent}{block.subject}{''.join(parts)} .\n\n"


def _json_node(block: Block, terms: Json) -> str:
    """Write a block as one JSON object in one line."""
    fields: dict[str, list[str]] = {}
    for p, o in block.pairs:
        fields.setdefault(p, []).append(o)
    inside = [f'"id": {block.subject}']
    for key, values in fields.items():
        many = key in terms.sets or len(values) > 1
        inside.append(f'"{key}": [{", ".join(dict.fromkeys(values))}]' if many else f'"{key}": {values[0]}')
    return "{" + ", ".join(inside) + "}"


def context(base: str) -> dict[str, Any]:
    """Give the JSON-LD context of the schema with the base of the data."""
    terms: dict[str, Any] = json.loads((home() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    return {"@base": base, **terms}


def _pour(parts: Iterable[str], out: IO[bytes]) -> None:
    held: list[str] = []
    for part in parts:
        held.append(part)
        if len(held) >= _LINES:
            out.write("".join(held).encode())
            held.clear()
    out.write("".join(held).encode())


def write_nt(graph: KnowledgeGraph, path: str | Path, *, star: bool = False, profile: str = "kg") -> None:
    """Write N-Triples: everything in one graph."""
    with replacing(path) as out:
        _pour(lines(blocks(graph, NTriples, graphs=False, star=star, profile=profile)[1], graphs=False), out)


def write_nquads(graph: KnowledgeGraph, path: str | Path, *, star: bool = False, profile: str = "kg") -> None:
    """Write N-Quads: the merged view in the default graph, what each paper says in a graph named as the paper."""
    with replacing(path) as out:
        _pour(lines(blocks(graph, NTriples, graphs=True, star=star, profile=profile)[1], graphs=True), out)


def write_turtle(graph: KnowledgeGraph, path: str | Path, *, star: bool = False, profile: str = "kg") -> None:
    """Write Turtle: everything in one graph, grouped by subject."""
    terms, found = blocks(graph, Turtle, graphs=False, star=star, profile=profile)
    with replacing(path) as out:
        out.write(_head(terms, star).encode())
        _pour(turtle(found), out)


def write_trig(graph: KnowledgeGraph, path: str | Path, *, star: bool = False, profile: str = "kg") -> None:
    """Write TriG: the merged view in the default graph, what each paper says in a graph named as the paper."""
    terms, found = blocks(graph, Turtle, graphs=True, star=star, profile=profile)
    with replacing(path) as out:
        out.write(_head(terms, star).encode())
        _pour(trig(found), out)


def _head(terms: NTriples, star: bool) -> str:
    assert isinstance(terms, Turtle)
    return ('VERSION "1.2"\n' if star else "") + terms.prefixes() + "\n"


class _Text(io.RawIOBase):
    """A readable file made of a stream of text parts."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts, self._rest = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            some = "".join(part for _, part in zip(range(_LINES), self._parts, strict=False))
            if not some:
                return 0
            self._rest = some.encode()
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n


def quads(graph: KnowledgeGraph, *, graphs: bool = True, star: bool = False, profile: str = "kg") -> Iterator[Any]:
    """Stream the graph as Oxigraph quads: with the named graphs of the papers, or all in the default graph."""
    import pyoxigraph as ox

    text = lines(blocks(graph, NTriples, graphs=graphs, star=star, profile=profile)[1], graphs=graphs)
    yield from ox.parse(io.BufferedReader(_Text(text), 1 << 20), format=ox.RdfFormat.N_QUADS)


def load_store(
    graph: KnowledgeGraph, store: Any = None, *, named: bool = False, star: bool = False, profile: str = "kg"
) -> Any:
    """Load the graph into an Oxigraph store (a new one in memory by default) and give it.

    The default graph holds everything, so that plain queries see all of it. `named` adds the graphs of the
    papers for queries with GRAPH; what a paper says is then held twice.
    """
    import pyoxigraph as ox

    store = ox.Store() if store is None else store
    for graphs in (False, True) if named else (False,):
        _, found = blocks(graph, NTriples, graphs=graphs, star=star, profile=profile)
        text = lines((b for b in found if not graphs or b.graph), graphs=graphs)
        store.bulk_load(io.BufferedReader(_Text(text), 1 << 20), ox.RdfFormat.N_QUADS)
    return store


def to_rdflib(graph: KnowledgeGraph, *, profile: str = "kg") -> Any:
    """Copy the graph into a plain rdflib Graph, everything in one graph."""
    import rdflib

    made = rdflib.Graph()
    for prefix, iri in {**PREFIXES, **{k: f"{graph.base}{k}/" for k in KINDS}}.items():
        made.bind(prefix, iri, replace=True)
    text = lines(blocks(graph, NTriples, graphs=False, profile=profile)[1], graphs=False)
    made.parse(data="".join(text), format="nt")
    return made


def write_rdfxml(graph: KnowledgeGraph, path: str | Path, *, star: bool = False, profile: str = "kg") -> None:
    """Write RDF/XML: everything in one graph."""
    import pyoxigraph as ox

    found = quads(graph, graphs=False, star=star, profile=profile)
    with replacing(path) as out:
        names = dict(PROFILES[profile].prefixes)
        ox.serialize((q.triple for q in found), out, ox.RdfFormat.RDF_XML, prefixes=names)


def write_jsonld(graph: KnowledgeGraph, path: str | Path, *, per_paper: bool = False) -> None:
    """Write JSON-LD 1.1, compact, with its context inside: one document, or a folder of one per paper."""
    terms = Json(graph.base, context(graph.base))
    if not per_paper:
        with replacing(path) as out:
            nodes = (_json_node(b, terms) for b in Statements(graph, terms, copies=False).all())
            _pour(_document(nodes, graph.base), out)
        return
    for name, found in paper_blocks(graph, terms):
        with replacing(Path(path) / f"{name}.jsonld") as out:
            _pour(_document((_json_node(b, terms) for b in found), graph.base), out)


def _document(nodes: Iterable[str], base: str) -> Iterator[str]:
    yield '{"@context": ' + json.dumps(context(base), ensure_ascii=False) + ',\n"@graph": [\n'
    first = True
    for node in nodes:
        yield node if first else ",\n" + node
        first = False
    yield "\n]}\n"


def paper_blocks(graph: KnowledgeGraph, terms: NTriples) -> Iterator[tuple[str, list[Block]]]:
    """Yield, for each paper, its local name and a self-contained description: nodes, claims, words, results."""
    made = Statements(graph, terms, copies=False)
    for paper, edges in by_paper(graph):
        node = paper_node(paper.id)
        named = {n for e in edges for n in (e.source, e.target)}
        for m in graph.measurements(paper=paper.id):
            named |= {n for n in (m.subject, m.metric, m.baseline, m.dataset, m.task, m.hardware) if n}
        found = []
        for id in sorted(named | {node}, key=lambda n: (n != node, n)):
            thing = paper if id == node else graph.node(id)
            assert not isinstance(thing, Measurement)
            found.append(Block(terms.node(id), made.node_pairs(thing, [e for e in edges if e.source == id])))
        for e in edges:
            # A claim is worth what all papers together make it, here as everywhere.
            found += map(made.claim, graph.edges(source=e.source, type=e.type, target=e.target, words=False))
        found += made.said(paper, edges)
        yield node.partition("/")[2], found
