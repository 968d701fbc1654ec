"""Packages for others to publish: nanopublications, one a statement, and an RO-Crate of the whole build."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.export.files import replacing
from kg.export.rdf.statements import Statements, by_paper, evidence_id
from kg.export.rdf.terms import Turtle
from kg.export.rdf.write import write_trig, write_turtle
from kg.export.tables import tables, write_findings
from kg.facts import paper_node
from kg.schema import home
from kg.types import Edge, Evidence, Measurement, Paper

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

NP = "http://www.nanopub.org/nschema#"

#: Version of RO-Crate that is followed.
CRATE = "https://w3id.org/ro/crate/1.1"
#: Terms of schema.org that are younger than the context of RO-Crate 1.1.
_TERMS = {"sha256": "http://schema.org/sha256"}

#: What is said about rights where the user says nothing.
RIGHTS = (
    "Names, links and numbers are facts and carry no licence of their own; "
    "titles, abstracts and quotes remain under the terms of their papers."
)

#: Files of a crate: name, media type, what it is.
_FILES = (
    ("graph.trig", "application/trig", "The graph; what each paper says is in a graph named as the paper"),
    ("graph.ttl", "text/turtle", "The graph in one piece, to be read"),
    ("findings.jsonl", "application/jsonl", "What each paper says, as it was extracted and resolved"),
    ("ontology.ttl", "text/turtle", "Ontology: the terms of the graph"),
    ("shapes.ttl", "text/turtle", "SHACL shapes that the graph conforms to"),
    ("context.jsonld", "application/ld+json", "JSON-LD context of the terms"),
    ("kg.schema.json", "application/schema+json", "JSON Schema of the JSON-LD export"),
)

_OURS = ("ontology.ttl", "shapes.ttl", "context.jsonld", "kg.schema.json")


# Nanopublications


def write_nanopub(
    graph: KnowledgeGraph,
    path: str | Path,
    *,
    creator: str | None = None,
    created: str | None = None,
    license: str | None = None,
) -> None:
    """Write a nanopublication in TriG for each claim of each paper and each result.

    The assertion is the statement alone; provenance names the paper, its words and the extractor. `creator`
    (an ORCID or other IRI), `created` (ISO 8601) and `license` (an IRI) go into the publication info; there
    is no clock, so that the same graph gives the same bytes. Unsigned: signing makes trusty URIs of them.
    Source: Nanopublication Guidelines, working draft, https://nanopub.net/guidelines/working_draft/
    """
    terms = Turtle(graph.base)
    made = _Nanopubs(graph, terms, creator=creator, created=created, license=license)
    with replacing(path) as out:
        out.write((terms.prefixes() + f"@prefix np: <{NP}> .\n\n").encode())
        for text in made.all():
            out.write(text.encode())


class _Nanopubs:
    """Nanopublications of one graph, as TriG."""

    def __init__(self, graph: KnowledgeGraph, terms: Turtle, **info: str | None) -> None:
        self.graph, self.terms = graph, terms
        self.statements = Statements(graph, terms)
        creator, created, license = (info[k] for k in ("creator", "created", "license"))
        self._info = [f"prov:wasGeneratedBy {terms.node('build')}"]
        if creator:
            iri = creator if "://" in creator else f"https://orcid.org/{creator}"
            self._info.append(f"dct:creator {terms.iri(iri)}")
        if created:
            kind = "xsd:dateTime" if "T" in created else "xsd:date"
            self._info.append(f"dct:created {terms.typed(created, kind)}")
        if license:
            self._info.append(f"dct:license {terms.iri(license)}")

    def all(self) -> Iterator[str]:
        """Yield every nanopublication, paper by paper."""
        for paper, edges in by_paper(self.graph):
            for edge in edges:
                yield self.of_claim(edge, paper)
            for m in self.graph.measurements(paper=paper.id):
                yield self.of_result(m, paper)

    def of_claim(self, edge: Edge, paper: Paper) -> str:
        """Write one paper's claim."""
        t, s = self.terms, self.statements
        (claim,) = edge.claims
        subject, (predicate, object) = t.node(edge.source), s.plain(edge)
        name = f"np/{edge.id[6:]}.{paper_node(paper.id)[6:]}"
        label = s.claim_label(edge)
        return self._write(name, label, [f"{subject} {predicate} {object}"], paper, claim.evidence, claim.confidence)

    def of_result(self, m: Measurement, paper: Paper) -> str:
        """Write one result."""
        t = self.terms
        about = ("prov:wasDerivedFrom", "prov:wasAttributedTo", "kg:confidence", "kg:evidence")
        pairs = [f"{p} {o}" for p, o in self.statements.result_pairs(m) if p not in about]
        assertion = [f"{t.node(m.id)} " + " ;\n      ".join(pairs)]
        name = f"np/{m.id[7:]}"
        return self._write(name, self.statements.result_label(m), assertion, paper, (m.evidence,), m.confidence)

    def _write(
        self,
        name: str,
        label: str,
        assertion: Iterable[str],
        paper: Paper,
        evidence: Iterable[Evidence],
        confidence: float,
    ) -> str:
        t = self.terms
        np = f"{self.graph.base}{name}"
        head, said, why, info = (f"<{np}#{part}>" for part in ("head", "assertion", "provenance", "pubinfo"))
        source = t.node(paper_node(paper.id))
        origin = [f"prov:wasDerivedFrom {source}", f"prov:wasAttributedTo {t.node(self.statements.extractor)}"]
        origin += [f"prov:hadPrimarySource {t.iri(iri)}" for iri in outside_iris(paper)]
        origin.append(f"kg:confidence {t.decimal(confidence)}")
        words = []
        for e in evidence:
            node = t.node(evidence_id(e))
            origin.append(f"prov:wasQuotedFrom {node}")
            words.append(
                f"{node} a oa:SpecificResource ;\n      oa:hasSource {source} ;\n"
                f"      oa:hasSelector [ a oa:TextQuoteSelector ; oa:exact {t.text(e.quote)} ] ,\n"
                f"        [ a oa:TextPositionSelector ; oa:start {e.start} ; oa:end {e.end} ]"
            )
        origin_text = " ;\n      ".join(origin)
        about = " ;\n      ".join([f"rdfs:label {t.text(label)}", *self._info])
        return (
            f"{head} {{\n  <{np}> a np:Nanopublication ;\n      np:hasAssertion {said} ;\n"
            f"      np:hasProvenance {why} ;\n      np:hasPublicationInfo {info} .\n}}\n"
            f"{said} {{\n  {self._lines(assertion)}}}\n"
            f"{why} {{\n  {said} {origin_text} .\n  {self._lines(words)}}}\n"
            f"{info} {{\n  <{np}> {about} .\n}}\n\n"
        )

    @staticmethod
    def _lines(statements: Iterable[str]) -> str:
        return "".join(f"{s} .\n  " for s in statements).removesuffix("  ")


def outside_iris(paper: Paper) -> list[str]:
    """Give the addresses under which the world knows a paper.

    >>> outside_iris(Paper("p", "T", ids={"doi": "10.1/x", "arxiv": "2103.14030"}))
    ['https://doi.org/10.1/x', 'https://arxiv.org/abs/2103.14030']
    """
    homes = (("doi", "https://doi.org/"), ("arxiv", "https://arxiv.org/abs/"))
    return [home + paper.ids[scheme] for scheme, home in homes if paper.ids.get(scheme)]


# RO-Crate


def write_rocrate(
    graph: KnowledgeGraph,
    path: str | Path,
    *,
    creator: str | None = None,
    published: str | None = None,
    license: str | None = None,
) -> None:
    """Write an RO-Crate 1.1: the graph, the findings, the schema, and metadata that says how they were made.

    `published` is the date of the crate, by default that of the newest paper (else SOURCE_DATE_EPOCH, as in
    reproducible builds): there is no clock, so that the same graph gives the same bytes.
    """
    with tables(path) as crate:
        write_trig(graph, crate.folder / "graph.trig")
        write_turtle(graph, crate.folder / "graph.ttl")
        write_findings(graph, crate.folder / "findings.jsonl")
        for name in _OURS:
            shutil.copyfile(home() / name, crate.folder / name)
        metadata = _metadata(graph, crate.folder, creator=creator, published=published, license=license)
        text = json.dumps(metadata, indent=1, ensure_ascii=False) + "\n"
        (crate.folder / "ro-crate-metadata.json").write_text(text, encoding="utf-8")


def _metadata(
    graph: KnowledgeGraph, folder: Path, *, creator: str | None, published: str | None, license: str | None
) -> dict[str, Any]:
    files = [_file(folder / name, media, about) for name, media, about in _FILES]
    papers = [_paper(graph, p) for p in graph.papers()]
    programs = Statements(graph, Turtle(graph.base)).program_versions()
    software = [
        {
            "@id": f"#{name}-{version}",
            "@type": "SoftwareApplication",
            "name": name,
            "version": version,
            "url": "https://w3id.org/kg-papers/",
        }
        for name, version in programs
    ]
    rights = {"@id": license or "#rights", "@type": "CreativeWork", "name": license or "Rights", "description": RIGHTS}
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Knowledge graph of {len(papers)} papers",
        "description": "What papers introduce, use, measure and claim, every statement with the words that make it.",
        "datePublished": published or _newest(graph),
        "license": {"@id": rights["@id"]},
        "identifier": graph.base,
        "hasPart": [{"@id": f["@id"]} for f in files],
        "mentions": {"@id": "#build"},
        "isBasedOn": _one([{"@id": p["@id"]} for p in papers]),
    }
    people = []
    if creator:
        iri = creator if "://" in creator else f"https://orcid.org/{creator}"
        people = [{"@id": iri, "@type": "Person", "name": creator}]
        root["author"] = {"@id": iri}
    build = {
        "@id": "#build",
        "@type": "CreateAction",
        "name": "Build of the graph",
        "instrument": _one([{"@id": s["@id"]} for s in software]),
        "object": _one([{"@id": p["@id"]} for p in papers]),
        "result": [{"@id": f["@id"]} for f in files[:3]],
    }
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": CRATE},
        "about": {"@id": "./"},
    }
    return {
        "@context": [f"{CRATE}/context", _TERMS],
        "@graph": [descriptor, root, *files, build, *software, rights, *people, *papers],
    }


def _one(values: list[Any]) -> Any:
    """Give a single value bare, as RO-Crate wants it."""
    return values[0] if len(values) == 1 else values


def _file(path: Path, media: str, about: str) -> dict[str, Any]:
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "@id": path.name,
        "@type": "File",
        "name": about,
        "encodingFormat": media,
        "contentSize": str(path.stat().st_size),
        "sha256": sha256,
    }


def _paper(graph: KnowledgeGraph, paper: Paper) -> dict[str, Any]:
    """Describe a paper, under its DOI or arXiv address where it has one."""
    iri = graph.iri(paper_node(paper.id))
    outside = outside_iris(paper)
    entry: dict[str, Any] = {"@id": outside[0] if outside else iri, "@type": "ScholarlyArticle", "name": paper.title}
    if paper.date:
        entry["datePublished"] = paper.date
    if outside:
        entry["sameAs"] = _one([*outside[1:], iri])
    return entry


def _newest(graph: KnowledgeGraph) -> str:
    newest = max((p.date for p in graph.papers() if p.date), default="")
    if newest:
        return (newest + "-01-01")[:10] if len(newest) == 4 else (newest + "-01")[:10]
    return datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC).date().isoformat()
