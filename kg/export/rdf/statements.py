"""What the graph says in RDF, subject by subject: the one place where triples are decided.

Blocks come in a fixed order: the description of the data, then every node with its plain triples and the
claims about it, then paper by paper the words behind the claims. Nothing is held but one node and one paper.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date as Date
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from kg.errors import UnknownName
from kg.export.rdf.terms import NTriples
from kg.export.rdf.vocabulary import (
    CLASSES,
    HARDWARE_CLASSES,
    HARDWARE_FACTS,
    OUTSIDE,
    PREDICATES,
    PREFIXES,
    UNITS,
    hardware_class,
)
from kg.facts import paper_node
from kg.schema import TYPES, lexicon
from kg.types import Claim, Edge, Entity, Evidence, Measurement, Paper, digest, slug

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Characters before and after a quote that help to find it again.
CONTEXT = 32

#: Length to which a quote is cut when it serves as a label.
LABEL = 80

Pairs = list[tuple[str, str]]

#: A paper's node is asked for with each of its claims and words.
_paper = lru_cache(maxsize=1024)(paper_node)


class Block(NamedTuple):
    """One subject with its predicates and objects, as written terms.

    `graph` is the named graph (a paper), None for the default graph. A `copy` repeats what the default graph
    says, so that the graph of a paper is complete; syntaxes without named graphs leave copies out.
    """

    subject: str
    pairs: Pairs
    graph: str | None = None
    copy: bool = False


def shorten(text: str, length: int = LABEL) -> str:
    """Cut a text at a word, for a label.

    >>> shorten("one two three", 9)
    'one two …'
    """
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0] + " …"


def by_paper(graph: KnowledgeGraph) -> Iterator[tuple[Paper, list[Edge]]]:
    """Yield each paper with the edges that it claims, each with this paper's claim alone."""
    claims = groupby(graph.claims(), key=lambda edge: edge.claims[0].paper)
    pending = next(claims, None)
    for paper in graph.papers():
        edges: list[Edge] = []
        if pending and pending[0] == paper.id:
            edges = list(pending[1])
            pending = next(claims, None)
        yield paper, edges


class Statements:
    """The blocks of a graph in the terms of one syntax.

    `star` writes claims as RDF 1.2 reifiers (`rdf:reifies <<( s p o )>>`) instead of rdf:subject, rdf:predicate
    and rdf:object. Without `copies` no block is a copy.
    """

    #: Prefixes of the vocabularies that the profile writes.
    prefixes: ClassVar[Mapping[str, str]] = PREFIXES

    def __init__(self, graph: KnowledgeGraph, terms: NTriples, *, star: bool = False, copies: bool = True) -> None:
        self.graph, self.terms, self.star, self.copies = graph, terms, star, copies
        t = terms
        self._type = t.properties["rdf:type"]
        self._label = t.properties["rdfs:label"]
        self._property = {e: t.properties[p] for e, p in PREDICATES.items()}
        self._predicate = {e: t.names[p] for e, p in PREDICATES.items()}
        self._types = {n: [(self._type, t.names[c]) for c in cs] for n, cs in CLASSES.items()}
        self._name = lru_cache(maxsize=65536)(self._find_name)
        self._short = lru_cache(maxsize=65536)(lambda id: shorten(self._name(id)))
        self._class = lru_cache(maxsize=65536)(self._find_class)
        self._extractor = t.node(self.extractor)
        self._symbols: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.triples = 0

    # All of it

    def all(self) -> Iterator[Block]:
        """Yield every block of the graph."""
        for block in self._everything():
            if not block.copy:
                self.triples += len(block.pairs)
            yield block
        yield from self.description()

    def _everything(self) -> Iterator[Block]:
        yield from self.programs()
        for e in self.graph.entities():
            yield from self.about(e)
        for p in self.graph.papers():
            yield from self.about(p)
        for p, claims in by_paper(self.graph):
            yield from self.said(p, claims)
        yield from self.units()

    def about(self, node: Paper | Entity) -> Iterator[Block]:
        """Yield a node with its plain triples, and the claims whose subject it is."""
        id = _paper(node.id) if isinstance(node, Paper) else node.id
        edges = list(self.graph.edges(source=id, words=False))
        self.counts["Paper" if isinstance(node, Paper) else node.type] += 1
        yield Block(self.terms.node(id), self.node_pairs(node, edges))
        label = shorten(node.title if isinstance(node, Paper) else node.name)
        for edge in edges:
            yield self.claim(edge, label)

    # Nodes

    def node_pairs(self, node: Paper | Entity, edges: Iterable[Edge] = ()) -> Pairs:
        """Give what is known about a paper or entity: its own facts and its plain triples."""
        pairs = self._paper_pairs(node) if isinstance(node, Paper) else self._entity_pairs(node)
        node_of, property_of = self.terms.node, self._property
        pairs += [(property_of[e.type], node_of(e.target)) for e in edges]
        return pairs

    def _paper_pairs(self, p: Paper) -> Pairs:
        t, prop = self.terms, self.terms.properties
        title = t.text(p.title)
        pairs = [*self._types["Paper"], (self._label, title), (prop["dct:title"], title)]
        if p.abstract:
            pairs.append((prop["dct:abstract"], t.text(p.abstract)))
        if p.date and (kind := date_type(p.date)):
            pairs += [(prop["dct:issued"], t.typed(p.date, kind)), (prop["kg:year"], t.integer(int(p.date[:4])))]
        if p.authors:
            pairs.append((prop["kg:byline"], t.text("; ".join(p.authors))))
        for scheme, value in sorted(p.ids.items()):
            if scheme == "doi":
                pairs.append((prop["bibo:doi"], t.text(value)))
            elif scheme == "arxiv":
                pairs.append((prop["fabio:hasArXivId"], t.text(value)))
        others = [f"{k}:{v}" for k, v in sorted(p.ids.items()) if k not in ("doi", "arxiv")]
        pairs += [(prop["dct:identifier"], t.text(v)) for v in others]
        if p.url:
            pairs.append((prop["schema:url"], t.typed(p.url, "xsd:anyURI")))
        return pairs

    def _entity_pairs(self, e: Entity) -> Pairs:
        t, prop = self.terms, self.terms.properties
        name = t.text(e.name)
        pairs = list(self._types[e.type])
        if e.type == "Hardware":
            pairs += [(self._type, t.names[f"kg:{c}"]) for c in self.hardware_classes(e)]
        pairs.append((self._label, name))
        if e.type not in TYPES:
            return [*pairs, (prop["foaf:name"], name)]
        pairs.append((prop["skos:prefLabel"], name))
        alt = prop["skos:altLabel"]
        pairs += [(alt, t.text(a)) for a in e.aliases if a != e.name]
        whole = {s: v for s, v in sorted(e.ids.items()) if s in OUTSIDE or v.startswith(("http://", "https://"))}
        for scheme, value in whole.items():
            iri = value if value.startswith(("http://", "https://")) else OUTSIDE[scheme].format(value)
            pairs.append((prop["skos:exactMatch"], t.iri(iri)))
        others = [f"{s}:{v}" for s, v in sorted(e.ids.items()) if s not in whole]
        pairs += [(prop["dct:identifier"], t.text(v)) for v in others]
        if e.scope:
            pairs.append((prop["kg:scope"], t.text(e.scope)))
        if e.known:
            pairs.append((prop["kg:known"], t.boolean(True)))
        if e.type == "Hardware":
            pairs += self._fact_pairs(e)
        return pairs

    def _fact_pairs(self, e: Entity) -> Pairs:
        t, facts = self.terms, _facts(e.name)
        pairs: Pairs = []
        for fact, curie in HARDWARE_FACTS.items():
            value = facts.get(fact, "")
            if fact == "year":
                pairs += [(t.properties[curie], t.integer(int(value)))] if value.isdigit() else []
            elif fact == "precision":
                formats = sorted(set(value.replace(",", " ").split()))
                pairs += [(t.properties[curie], t.text(v)) for v in formats]
            elif value:
                pairs.append((t.properties[curie], t.text(value)))
        return pairs

    def hardware_classes(self, e: Entity) -> list[str]:
        """List the subclasses of Hardware that a thing is of: its own or its nearest ancestor's, then wider ones."""
        found = self._class(e.id)
        chain = []
        while found and found != "Hardware":
            chain.append(found)
            found = HARDWARE_CLASSES[found]
        return chain

    def _find_class(self, id: str) -> str | None:
        """Search a thing and then what is broader, nearest first, for a class that the ontology has."""
        seen, level = {id}, [id]
        while level:
            above: list[str] = []
            for node in level:
                name = self._name(node)
                found = hardware_class(_facts(name).get("class", "")) or hardware_class(name)
                if found:
                    return found
                above += [e.target for e in self.graph.edges(source=node, type="broader", words=False)]
            level = sorted(set(above) - seen)
            seen |= set(level)
        return None

    def _find_name(self, id: str) -> str:
        try:
            node = self.graph.node(id)
        except UnknownName:
            return id.partition("/")[2]
        return node.title if isinstance(node, Paper) else node.name if isinstance(node, Entity) else id

    # Claims and words

    def plain(self, edge: Edge) -> tuple[str, str]:
        """Give property and object of an edge's plain triple."""
        return self._property[edge.type], self.terms.node(edge.target)

    def claim_label(self, edge: Edge, source_name: str | None = None) -> str:
        """Write a claim in one line: "Swin Transformer evaluated on ImageNet"."""
        source = source_name or self._short(edge.source)
        return f"{source} {edge.type.replace('_', ' ')} {self._short(edge.target)}"

    def claim(self, edge: Edge, source_name: str | None = None) -> Block:
        """Give the claim of an edge: what it says, how sure it is, and which papers say so."""
        t, prop = self.terms, self.terms.properties
        said = self.claim_label(edge, source_name)
        pairs = [
            *self._types["Claim"],
            (self._label, t.text(said)),
            *self._statement(edge),
            (prop["kg:confidence"], t.decimal(edge.confidence)),
            (prop["kg:support"], t.integer(edge.support)),
        ]
        derived = prop["prov:wasDerivedFrom"]
        pairs += [(derived, t.node(_paper(p))) for p in sorted({c.paper for c in edge.claims})]
        self.counts["Claim"] += 1
        return Block(t.node(edge.id), pairs)

    def _statement(self, edge: Edge) -> Pairs:
        t, prop = self.terms, self.terms.properties
        s, p, o = t.node(edge.source), self._predicate[edge.type], t.node(edge.target)
        if self.star:
            return [(prop["rdf:reifies"], t.triple(s, p, o))]
        return [(prop["rdf:subject"], s), (prop["rdf:predicate"], p), (prop["rdf:object"], o)]

    def said(self, paper: Paper, edges: Iterable[Edge]) -> Iterator[Block]:
        """Yield all that one paper says: its claims, their words and its results, in its named graph.

        Each edge holds the paper's own claim alone.
        """
        t, prop = self.terms, self.terms.properties
        local = _paper(paper.id)[6:]
        graph = t.node(_paper(paper.id))
        text = paper.text
        measured = list(self.graph.measurements(paper=paper.id))
        self.counts["Result"] += len(measured)
        spans = {(m.evidence.start, m.evidence.end): m.evidence for m in measured}
        plain: dict[str, Pairs] = {}
        results = [Block(t.node(m.id), self.result_pairs(m)) for m in measured]
        yield from results
        for edge in edges:
            (claim,) = edge.claims
            id = edge.id
            node = t.node(id)
            if self.copies:
                plain.setdefault(t.node(edge.source), []).append(self.plain(edge))
                core = [*self._types["Claim"], *self._statement(edge), (prop["prov:wasDerivedFrom"], graph)]
                yield Block(node, core, graph, True)
            if claim.evidence:
                attestation = t.node(f"attestation/{id[6:]}.{local}")
                yield Block(attestation, self._attestation_pairs(edge, claim, paper, node, graph), graph)
                spans |= {(e.start, e.end): e for e in claim.evidence}
        for subject, pairs in plain.items():
            yield Block(subject, pairs, graph, copy=True)
        for block in results if self.copies else ():
            yield Block(block.subject, block.pairs, graph, copy=True)
        for _, evidence in sorted(spans.items()):
            yield from self._evidence(evidence, paper, text, graph)

    def _attestation_pairs(self, edge: Edge, claim: Claim, paper: Paper, body: str, source: str) -> Pairs:
        t, prop = self.terms, self.terms.properties
        label = f"{edge.type.replace('_', ' ')} {self._name(edge.target)}, by {paper.id}"
        pairs = [*self._types["Attestation"], (self._label, t.text(label)), (prop["oa:hasBody"], body)]
        target = prop["oa:hasTarget"]
        pairs += [(target, t.node(evidence_id(e))) for e in claim.evidence]
        named = prop["kg:namedAs"]
        pairs += [(named, t.text(m)) for m in sorted({m.text for m in claim.mentions})]
        return [
            *pairs,
            (prop["kg:confidence"], t.decimal(claim.confidence)),
            (prop["prov:wasDerivedFrom"], source),
            (prop["prov:wasAttributedTo"], self._extractor),
        ]

    def _evidence(self, e: Evidence, paper: Paper, text: str, graph: str) -> Iterator[Block]:
        t, prop = self.terms, self.terms.properties
        id = evidence_id(e)
        local = id.partition("/")[2]
        quote, position = t.node(f"quote/{local}"), t.node(f"position/{local}")
        where = t.text(f"{e.start} to {e.end} of {paper.id}")
        has = prop["oa:hasSelector"]
        pairs = [
            *self._types["Evidence"],
            (self._label, t.text(shorten(e.quote))),
            (prop["oa:hasSource"], graph),
            (prop["kg:section"], t.text(e.section)),
            (has, position),
            (has, quote),
        ]
        yield Block(t.node(id), pairs, graph)
        pairs = [(self._type, t.names["oa:TextPositionSelector"]), (self._label, where)]
        pairs += [(prop["oa:start"], t.integer(e.start)), (prop["oa:end"], t.integer(e.end))]
        yield Block(position, pairs, graph)
        pairs = [(self._type, t.names["oa:TextQuoteSelector"]), (self._label, where)]
        pairs.append((prop["oa:exact"], t.text(e.quote)))
        if before := text[max(0, e.start - CONTEXT) : e.start]:
            pairs.append((prop["oa:prefix"], t.text(before)))
        if after := text[e.end : e.end + CONTEXT]:
            pairs.append((prop["oa:suffix"], t.text(after)))
        yield Block(quote, pairs, graph)

    # Results

    def result_pairs(self, m: Measurement) -> Pairs:
        """Give a result: value, unit, direction, what it is of and where it stands."""
        t, prop = self.terms, self.terms.properties
        pairs = [*self._types["Result"], (self._label, t.text(self.result_label(m)))]
        links = (
            ("kg:resultOf", m.subject), ("mls:specifiedBy", m.metric), ("kg:baseline", m.baseline),
            ("kg:onDataset", m.dataset), ("kg:onTask", m.task), ("kg:onHardware", m.hardware),
        )  # fmt: skip
        pairs += [(prop[p], t.node(n)) for p, n in links if n]
        value = t.decimal(m.value)
        pairs += [
            (prop["kg:metricText"], t.text(m.metric_text)),
            (prop["mls:hasValue"], value),
            (prop["qudt:numericValue"], value),
        ]
        if m.value_high is not None:
            pairs.append((prop["kg:valueHigh"], t.decimal(m.value_high)))
        pairs.append((prop["qudt:unit"], self._unit(m.unit)))
        if m.unit:
            pairs.append((prop["kg:unitText"], t.text(m.unit)))
        pairs.append((prop["kg:resultKind"], t.text(m.kind)))
        if m.direction:
            pairs.append((prop["kg:direction"], t.text(m.direction)))
        return [
            *pairs,
            (prop["kg:confidence"], t.decimal(m.confidence)),
            (prop["prov:wasDerivedFrom"], t.node(_paper(m.paper))),
            (prop["kg:evidence"], t.node(evidence_id(m.evidence))),
            (prop["prov:wasAttributedTo"], self._extractor),
        ]

    def result_label(self, m: Measurement) -> str:
        """Write a result in one line: "ViT: +2.1 % accuracy on ImageNet"."""
        number = f"{'+' if m.kind == 'gain' and m.value > 0 else ''}{m.value:g}"
        number += f" to {m.value_high:g}" if m.value_high is not None else ""
        where = f" on {self._name(m.dataset or m.hardware or '')}" if m.dataset or m.hardware else ""
        subject = self._name(m.subject) if m.subject else m.paper
        return " ".join(f"{subject}: {number} {m.unit} {m.metric_text}{where}".split())

    def _unit(self, symbol: str) -> str:
        self._symbols.setdefault(symbol, unit_id(symbol))
        known = UNITS.get(symbol)
        return self.terms.iri(PREFIXES["unit"] + known) if known else self.terms.node(unit_id(symbol))

    def units(self) -> Iterator[Block]:
        """Yield the units that results used: those of QUDT get their symbol, ours are defined."""
        t, prop = self.terms, self.terms.properties
        written: dict[str, str] = {}
        for symbol in sorted(self._symbols):
            written.setdefault(self._unit(symbol), symbol)
        for unit, symbol in sorted(written.items()):
            text = t.text(symbol or "1")
            yield Block(unit, [(self._type, t.names["qudt:Unit"]), (self._label, text), (prop["qudt:symbol"], text)])

    # The build

    @property
    def extractor(self) -> str:
        """Node of the program that read the papers."""
        name, version = self.program_versions()[-1]
        return f"software/{slug(f'{name} {version}')}"

    def program_versions(self) -> list[tuple[str, str]]:
        """Name the programs that took part with their versions; the one that read the papers is last."""
        from kg import __version__

        meta = self.graph.meta
        programs = [("kg", meta.get("kg", __version__))]
        if meta.get("extractor"):
            name, _, version = meta["extractor"].partition(" ")
            programs.append((name, version or meta.get("kg", __version__)))
        return programs

    def programs(self) -> Iterator[Block]:
        """Yield the programs that took part and the build itself, in PROV."""
        t, prop = self.terms, self.terms.properties
        nodes = []
        for name, version in self.program_versions():
            node = t.node(f"software/{slug(f'{name} {version}')}")
            nodes.append(node)
            pairs = [(self._type, t.names["kg:Extractor"]), (self._type, t.names["prov:SoftwareAgent"])]
            pairs += [(self._label, t.text(f"{name} {version}")), (prop["schema:softwareVersion"], t.text(version))]
            yield Block(node, pairs)
        pairs = [(self._type, t.names["kg:Build"]), (self._type, t.names["prov:Activity"])]
        pairs += [(self._label, t.text("the build of this graph"))]
        pairs += [(prop["prov:wasAssociatedWith"], n) for n in nodes]
        yield Block(t.node("build"), pairs)

    def description(self) -> Iterator[Block]:
        """Yield the VoID description of what was written so far, with counts."""
        t, prop = self.terms, self.terms.properties
        title = "Knowledge graph of papers"
        about = "What papers introduce, use, measure and claim, with the words that say so."
        pairs = [(self._type, t.names[c]) for c in ("kg:Graph", "void:Dataset", "dcat:Dataset")]
        pairs += [(self._label, t.text(title)), (prop["dct:title"], t.text(title))]
        nodes = sum(n for kind, n in self.counts.items() if kind != "Claim")
        pairs += [
            (prop["dct:description"], t.text(about)),
            (prop["void:uriSpace"], t.text(self.graph.base)),
            (prop["void:triples"], t.integer(self.triples)),
            (prop["void:entities"], t.integer(nodes)),
        ]
        pairs += [(prop["void:vocabulary"], t.iri(PREFIXES[p])) for p in sorted(PREFIXES) if p not in ("unit", "xsd")]
        parts = [(kind, n) for kind, n in sorted(self.counts.items()) if n]
        pairs += [(prop["void:classPartition"], t.node(f"void/{slug(kind)}")) for kind, _ in parts]
        pairs.append((prop["prov:wasGeneratedBy"], t.node("build")))
        yield Block(t.node("graph"), pairs)
        for kind, n in parts:
            pairs = [(self._type, t.names["kg:ClassPartition"]), (self._type, t.names["void:Dataset"])]
            pairs += [(self._label, t.text(f"{kind} nodes")), (prop["void:class"], t.names[f"kg:{kind}"])]
            pairs.append((prop["void:entities"], t.integer(n)))
            yield Block(t.node(f"void/{slug(kind)}"), pairs)


def date_type(date: str) -> str | None:
    """Name the XSD type of a date, as exact as it is; None for what is no date.

    >>> date_type("2021"), date_type("2021-03"), date_type("2021-03-27"), date_type("2021-02-30"), date_type("soon")
    ('xsd:gYear', 'xsd:gYearMonth', 'xsd:date', None, None)
    """
    if not re.fullmatch(r"[1-9]\d{3}(-(0[1-9]|1[0-2])(-\d\d)?)?", date):
        return None
    if len(date) == 10:
        try:
            Date.fromisoformat(date)
        except ValueError:
            return None
    return {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}[len(date)]


def evidence_id(e: Evidence) -> str:
    """Name a stretch of a paper's text by where it stands."""
    return f"evidence/{_paper(e.paper)[6:]}.{e.start}-{e.end}"


def unit_id(symbol: str) -> str:
    """Name a unit that QUDT does not have; per cent and such survive as a hash.

    >>> unit_id("TOPS/W")
    'unit/tops-w-f2af0a'
    """
    return f"unit/{'-'.join(filter(None, (slug(symbol), digest(symbol, length=6))))}"


def _facts(name: str) -> dict[str, str]:
    for entry in lexicon().find(name, "Hardware"):
        if entry.name == name:
            return dict(entry.facts)
    return {}
