"""RDF exports: what they say, that they all say the same, and that they never change by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from makers import BERT, VIT, make_findings

import kg
from kg.errors import UnknownName
from kg.export import rdf
from kg.export.rdf.terms import Json, NTriples, Turtle, clean
from kg.export.rdf.write import context, trig
from kg.graph import KnowledgeGraph
from kg.types import Findings

KG = rdf.ONTOLOGY
FORMATS = {
    "nt": (rdf.write_nt, ox.RdfFormat.N_TRIPLES),
    "turtle": (rdf.write_turtle, ox.RdfFormat.TURTLE),
    "rdfxml": (rdf.write_rdfxml, ox.RdfFormat.RDF_XML),
    "jsonld": (rdf.write_jsonld, ox.RdfFormat.JSON_LD),
}
QUADS = {
    "nquads": (rdf.write_nquads, ox.RdfFormat.N_QUADS),
    "trig": (rdf.write_trig, ox.RdfFormat.TRIG),
}
ODD = make_findings(
    'Odd "Quotes" \\ and \t tabs',
    "Lines\nbreak \u2028 here, É and \U0001f984 stand; a\x01b is not for XML. We use A&B <tags> on an FPGA.",
    ["Method introduces A&B <tags>", "Hardware targets FPGA"],
    ["A&B <tags> > runs_on > FPGA"],
    [{"subject": "A&B <tags>", "metric": "rate", "value": 1e-7, "unit": "TOPS/W", "quote": "a\x01b"}],
    id="weird id/1", authors=["Øystein Ñ"], ids={"doi": "10.1/a b", "arxiv": "2101.00001", "acl": "X 1"},
    url="https://example.org/a b",
)  # fmt: skip


@pytest.fixture(scope="module")
def make_graph(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., KnowledgeGraph]:
    def make(*findings: Findings, **options: Any) -> KnowledgeGraph:
        path = tmp_path_factory.mktemp("rdf") / "papers.jsonl"
        path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in findings), encoding="utf-8")
        return kg.build([path], **options)

    return make


@pytest.fixture(scope="module")
def graph(make_graph: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return make_graph(VIT, BERT, ODD)


@pytest.fixture(scope="module")
def store(graph: KnowledgeGraph) -> ox.Store:
    return rdf.load_store(graph)


def ask(store: ox.Store, where: str, *, give: str = "") -> list[tuple[str, ...]]:
    give = give or " ".join(dict.fromkeys(re.findall(r"\?\w+", where)))
    names = {**rdf.PREFIXES, **{k: f"{kg.schema.BASE}{k}/" for k in ("paper", "hardware", "architecture", "dataset")}}
    found = store.query(f"SELECT {give} WHERE {{ {where} }}", prefixes=names)
    return sorted(tuple(str(getattr(v, "value", v)) for v in row) for row in found)


def parse(path: Path, format: ox.RdfFormat) -> list[ox.Quad]:
    return list(ox.parse(path=str(path), format=format, base_iri="http://nowhere.invalid/"))


def as_set(quads: list[ox.Quad]) -> set[str]:
    return {str(q) for q in quads}


@pytest.mark.parametrize("name", [n for n in FORMATS if n != "nt"])
def test_every_format_says_the_same(graph: KnowledgeGraph, tmp_path: Path, name: str) -> None:
    rdf.write_nt(graph, tmp_path / "g.nt")
    write, format = FORMATS[name]
    write(graph, tmp_path / "g")
    assert as_set(parse(tmp_path / "g", format)) == as_set(parse(tmp_path / "g.nt", ox.RdfFormat.N_TRIPLES))


def test_trig_and_nquads_say_the_same(graph: KnowledgeGraph, tmp_path: Path) -> None:
    read = {}
    for name, (write, format) in QUADS.items():
        write(graph, tmp_path / name)
        read[name] = parse(tmp_path / name, format)
    assert as_set(read["trig"]) == as_set(read["nquads"])
    assert len(read["nquads"]) == len(as_set(read["nquads"]))


def test_quads_without_names_are_the_triples(graph: KnowledgeGraph, tmp_path: Path) -> None:
    rdf.write_nt(graph, tmp_path / "g.nt")
    rdf.write_nquads(graph, tmp_path / "g.nq")
    triples = {str(q.triple) for q in parse(tmp_path / "g.nt", ox.RdfFormat.N_TRIPLES)}
    assert {str(q.triple) for q in parse(tmp_path / "g.nq", ox.RdfFormat.N_QUADS)} == triples


@pytest.mark.parametrize("name", [*FORMATS, *QUADS])
def test_two_builds_are_equal_bytes_in_any_order(
    make_graph: Callable[..., KnowledgeGraph], tmp_path: Path, name: str
) -> None:
    write, _ = {**FORMATS, **QUADS}[name]
    write(make_graph(VIT, BERT), tmp_path / "a")
    write(make_graph(BERT, VIT), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_subjects_are_grouped(graph: KnowledgeGraph, tmp_path: Path) -> None:
    rdf.write_nt(graph, tmp_path / "g.nt")
    subjects = [line.split(" ", 1)[0] for line in (tmp_path / "g.nt").read_text("utf-8").split("\n")[:-1]]
    starts = [s for n, s in enumerate(subjects) if n == 0 or subjects[n - 1] != s]
    assert len(starts) == len(set(starts))


def test_rdflib_reads_what_we_write(graph: KnowledgeGraph, tmp_path: Path) -> None:
    import rdflib
    from rdflib.compare import isomorphic

    made = rdf.to_rdflib(graph)
    for name, format in (("turtle", "turtle"), ("rdfxml", "xml"), ("jsonld", "json-ld")):
        FORMATS[name][0](graph, tmp_path / name)
        assert isomorphic(rdflib.Graph().parse(tmp_path / name, format=format), made), name
    rdf.write_trig(graph, tmp_path / "g.trig")
    read = rdflib.Dataset()
    read.parse(tmp_path / "g.trig", format="trig")
    assert {str(g.identifier) for g in read.graphs()} >= {graph.iri("paper/vit-on-fpga")}


def test_every_edge_is_a_plain_triple_and_a_claim(graph: KnowledgeGraph, store: ox.Store) -> None:
    edges = list(graph.edges())
    assert edges
    for edge in edges:
        s, p, o = graph.iri(edge.source), _expand(rdf.PREDICATES[edge.type]), graph.iri(edge.target)
        assert list(store.quads_for_pattern(ox.NamedNode(s), ox.NamedNode(p), ox.NamedNode(o)))
        claim = graph.iri(edge.id)
        found = ask(store, f"<{claim}> a kg:Claim ; rdf:subject <{s}> ; rdf:predicate <{p}> ; rdf:object <{o}> ; "
                           "kg:confidence ?c ; kg:support ?n ; rdfs:label []")  # fmt: skip
        assert [(float(c), int(n)) for c, n in found] == [(edge.confidence, edge.support)]


def _expand(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return rdf.PREFIXES[prefix] + local


def test_words_stand_where_the_selectors_say(store: ox.Store) -> None:
    found = ask(
        store,
        "?e oa:hasSource ?p ; oa:hasSelector [ oa:exact ?q ], [ oa:start ?s ; oa:end ?t ] . "
        "?p dct:title ?title ; dct:abstract ?abstract . "
        "FILTER(SUBSTR(CONCAT(?title, '\\n', ?abstract), ?s + 1, ?t - ?s) != ?q)",
    )
    assert found == []
    assert ask(store, "?a oa:hasBody ?claim ; oa:hasTarget ?e . ?claim a kg:Claim . ?e a kg:Evidence")


def test_every_claim_by_a_sentence_has_an_attestation_with_words(graph: KnowledgeGraph, store: ox.Store) -> None:
    said = {edge.id for edge in graph.edges() for c in edge.claims if c.evidence}
    found = {c.removeprefix(graph.base) for (c,) in ask(store, "[] oa:hasBody ?c ; oa:hasTarget [ oa:hasSelector [] ]")}
    assert found == said


def test_results_are_evaluations_with_number_unit_and_direction(store: ox.Store) -> None:
    rows = ask(
        store,
        "?r a mls:ModelEvaluation ; kg:metricText ?m ; mls:hasValue ?v ; qudt:unit ?u . "
        "OPTIONAL { ?r kg:direction ?d } FILTER(DATATYPE(?v) = xsd:decimal) ?u qudt:symbol ?s",
    )
    assert {(row[1], float(row[2]), row[3].rsplit("/", 1)[1], row[4]) for row in rows} >= {
        ("accuracy", 79.2, "PERCENT", "higher"),
        ("speedup", 2.0, "UNITLESS", "higher"),
    }
    assert ("rate", 1e-7) in {(row[1], float(row[2])) for row in rows}


def test_everything_has_a_label(store: ox.Store) -> None:
    assert ask(store, "?s ?p ?o FILTER NOT EXISTS { ?s rdfs:label ?l }") == []


def test_iris_are_base_and_node_id(graph: KnowledgeGraph, store: ox.Store) -> None:
    assert ask(store, "?h a kg:Hardware ; skos:prefLabel 'Alveo U280'") == [(graph.iri("hardware/alveo-u280"),)]
    assert all(ask(store, f"<{graph.iri(e.id)}> a ?t") for e in graph.entities())


def test_hardware_has_its_class_and_wider_ones(store: ox.Store) -> None:
    (row,) = ask(store, "?h a kg:FPGA, kg:Accelerator, kg:Hardware ; skos:prefLabel 'FPGA'")
    assert row


def test_dates_are_as_exact_as_known(store: ox.Store) -> None:
    found = ask(store, "?p dct:issued ?d ; kg:year ?y BIND(DATATYPE(?d) AS ?t)")
    assert {(row[1], row[3].rsplit("#", 1)[1]) for row in found} == {("2021-03", "gYearMonth"), ("2023", "gYear")}


def test_a_papers_graph_holds_what_it_says_and_no_more(graph: KnowledgeGraph) -> None:
    store = rdf.load_store(graph, named=True)
    rows = ask(store, "GRAPH ?g { ?a kg:runsOn ?b }", give="?g ?b")
    ends = {(g.rsplit("/", 1)[1], b.rsplit("/", 1)[1]) for g, b in rows}
    assert {("bert-in-memory", "processing-in-memory"), ("vit-on-fpga", "alveo-u280")} < ends
    named = {str(g) for g in store.named_graphs()}
    assert len(named) == 3


def test_a_graph_of_one_paper_is_opened_once(graph: KnowledgeGraph) -> None:
    from kg.export.rdf.write import blocks

    text = "".join(trig(blocks(graph, Turtle, graphs=True)[1]))
    opened = [line for line in text.splitlines() if line.endswith(" {")]
    assert len(opened) == len(set(opened)) == 3


def test_star_annotates_in_rdf_1_2(graph: KnowledgeGraph, tmp_path: Path) -> None:
    rdf.write_turtle(graph, tmp_path / "g.ttl", star=True)
    quads = parse(tmp_path / "g.ttl", ox.RdfFormat.TURTLE)
    reifies = [q for q in quads if q.predicate.value.endswith("reifies")]
    assert len(reifies) == len(list(graph.edges()))
    assert all(isinstance(q.object, ox.Triple) for q in reifies)
    plain = {str(q.triple) for q in quads}
    assert all(str(q.object) in plain for q in reifies)
    store = rdf.load_store(graph, star=True)
    assert ask(store, "?s kg:runsOn ?o ~ ?claim {| kg:confidence ?c |}")


def test_another_base_moves_the_data_but_not_the_terms(make_graph: Callable[..., KnowledgeGraph]) -> None:
    store = rdf.load_store(make_graph(VIT, base="https://example.org/mine/"))
    assert ask(store, "?h a kg:Hardware ; skos:prefLabel 'Alveo U280'") == [
        ("https://example.org/mine/hardware/alveo-u280",)
    ]


def test_void_counts_what_is_there(graph: KnowledgeGraph, store: ox.Store) -> None:
    description = {q.subject for q in store if "/void/" in str(q.subject) or str(q.subject).endswith("papers/graph>")}
    others = sum(1 for q in store if q.subject not in description)
    assert ask(store, "[] void:triples ?n") == [(str(others),)]
    assert (KG + "Paper", "3") in ask(store, "[] void:class ?c ; void:entities ?n")


def test_jsonld_is_one_document_for_each_paper_or_for_all(graph: KnowledgeGraph, tmp_path: Path) -> None:
    rdf.write_jsonld(graph, tmp_path / "papers", per_paper=True)
    files = sorted(p.name for p in (tmp_path / "papers").iterdir())
    assert len(files) == 3
    assert "vit-on-fpga.jsonld" in files
    rdf.write_nt(graph, tmp_path / "g.nt")
    everything = as_set(parse(tmp_path / "g.nt", ox.RdfFormat.N_TRIPLES))
    found = as_set(parse(tmp_path / "papers" / "vit-on-fpga.jsonld", ox.RdfFormat.JSON_LD))
    assert found <= everything
    assert any("evidence/" in t for t in found)


def test_jsonld_nodes_fit_the_json_schema(graph: KnowledgeGraph, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    rdf.write_jsonld(graph, tmp_path / "g.jsonld")
    document = json.loads((tmp_path / "g.jsonld").read_text("utf-8"))
    schema = json.loads((kg.schema.home() / "kg.schema.json").read_text("utf-8"))
    for node in document["@graph"]:
        name = node["type"][0]
        name = {"oa:TextQuoteSelector": "QuoteSelector", "oa:TextPositionSelector": "PositionSelector",
                "qudt:Unit": "Unit"}.get(name, name)  # fmt: skip
        jsonschema.Draft202012Validator(schema["$defs"][name]).validate(node)


def test_control_characters_become_one_code_point_each() -> None:
    assert clean("a\x01b\ud800c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb\r\tc", "\x0b\x7f", "\U0001f984\u2028", ""])
def test_strings_survive_every_syntax(text: str) -> None:
    quoted = NTriples("x:").text(text)
    (quad,) = ox.parse(f"<x:a> <x:b> {quoted} .", format=ox.RdfFormat.TURTLE)
    assert quad.object.value == clean(text)
    assert json.loads(Json("x:", context("x:")).text(text)) == clean(text)


def test_turtle_shortens_only_what_it_may() -> None:
    terms = Turtle("https://example.org/")
    assert terms.node("paper/a.b-1") == "paper:a.b-1"
    assert terms.node("paper/a.b.") == "<https://example.org/paper/a.b.>"
    assert terms.node("unit/x") == "<https://example.org/unit/x>"


def test_lpwc_queries_run_on_the_profile(graph: KnowledgeGraph) -> None:
    store = rdf.load_store(graph, profile="lpwc")
    prefixes = "PREFIX lpwc: <https://linkedpaperswithcode.com/property/> PREFIX dcterms: <http://purl.org/dc/terms/> "
    used = store.query(
        prefixes + "SELECT ?title (COUNT(?paper) AS ?n)"
        " WHERE { ?paper a <https://linkedpaperswithcode.com/class/paper> ."
        " ?dataset a <https://linkedpaperswithcode.com/class/dataset> . ?paper lpwc:usesDataset ?dataset ."
        " ?dataset dcterms:title ?title } GROUP BY ?title ORDER BY ?title"
    )
    assert [(row[0].value, row[1].value) for row in used] == [("GLUE", "1"), ("ImageNet", "1")]
    results = store.query(
        prefixes + "SELECT ?name ?value WHERE { ?p lpwc:hasEvaluation ?e . ?e lpwc:hasEvaluationResult ?r ;"
        " lpwc:hasDataset ?d . ?r lpwc:metricName ?name ; lpwc:metricValue ?value }"
    )
    assert [(row[0].value, row[1].value) for row in results] == [("accuracy", "79.2%")]


def test_an_unknown_profile_names_the_known(graph: KnowledgeGraph, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="lpwc"):
        rdf.write_nt(graph, tmp_path / "g.nt", profile="lpw")


def test_a_failed_export_leaves_nothing_behind(graph: KnowledgeGraph, tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        rdf.write_turtle(graph, tmp_path / "g.ttl", profile="none")
    assert list(tmp_path.iterdir()) == []
