"""SPARQL on the graph: answers, formats, limits, and errors that show the place."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from shelf import SHELF

import kg
from kg.cli import cli
from kg.errors import QueryError, QueryTimeout
from kg.graph import KnowledgeGraph
from kg.query import index
from kg.query.results import write_table
from kg.query.sparql import prefixes, run
from kg.query.syntax import refuse_service, unknown_names

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterable[KnowledgeGraph]:
    folder = tmp_path_factory.mktemp("shelf")
    path = folder / "shelf.jsonl"
    path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in SHELF), encoding="utf-8")
    with kg.build([path], folder / "shelf.kg") as graph:
        yield graph


def values(answer: object, column: str) -> list[object]:
    return [row[column] for row in answer]  # type: ignore[attr-defined]


def kg_run(graph: KnowledgeGraph, *args: str) -> Result:
    return CliRunner().invoke(cli, [args[0], str(graph.path), *args[1:]])


def test_prefixes_are_preloaded_and_rows_are_python_values(shelf: KnowledgeGraph) -> None:
    found = shelf.query("SELECT ?v ?u { ?r kg:onDataset dataset:coco ; mls:hasValue ?v ; kg:metricText ?u }")
    assert list(found) == [{"v": Decimal("58.7"), "u": "AP"}]
    assert found.columns == ("v", "u")
    assert not found.truncated


def test_ask_and_construct(shelf: KnowledgeGraph) -> None:
    assert shelf.query("ASK { hardware:fpga a kg:Hardware }")
    assert not shelf.query("ASK { hardware:fpga a kg:Dataset }")
    found = shelf.query("CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a kg:Dataset ; rdfs:label ?l }")
    assert b'rdfs:label "ImageNet"' in found.write("turtle")
    again = ox.Store()
    again.load(found.write("jsonld"), format=ox.RdfFormat.JSON_LD)
    assert len(again) == len(found)


def test_the_default_graph_holds_every_triple_once(shelf: KnowledgeGraph) -> None:
    everything = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    distinct = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"
    assert values(shelf.query(everything), "n") == values(shelf.query(distinct), "n")


def test_a_paper_can_be_asked_alone(shelf: KnowledgeGraph) -> None:
    found = shelf.query("SELECT DISTINCT ?g { GRAPH ?g { ?s kg:outperforms ?o } }")
    assert len(found) == 5
    assert all(str(g).startswith(shelf.base + "paper/") for g in values(found, "g"))


def test_graph_in_memory_and_filtered_view(write_lines: object) -> None:
    path = write_lines(*SHELF[:3])  # type: ignore[operator]
    graph = kg.build([path])
    assert values(graph.query("SELECT (COUNT(*) AS ?n) { ?p a kg:Paper }"), "n") == [3]
    assert values(graph.query("SELECT (COUNT(*) AS ?n) { ?p a kg:Paper }", timeout=20), "n") == [3]


def test_index_is_reused_and_renewed(tmp_path: Path, write_lines: object) -> None:
    with kg.build([write_lines(SHELF[0], name="a.jsonl")], tmp_path / "g.kg") as graph:  # type: ignore[operator]
        first = index.build_index(graph)
        assert index.build_index(graph) == first
    with kg.build([write_lines(SHELF[1], name="b.jsonl")], tmp_path / "g.kg") as graph:  # type: ignore[operator]
        assert index.build_index(graph) != first
        assert values(graph.query("SELECT (COUNT(*) AS ?n) { ?p a kg:Paper }"), "n") == [2]
        assert graph.query("ASK {}", timeout=20)


def test_a_process_that_asks_again_works_from_memory(
    tmp_path: Path, write_lines: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
    made = kg.build([write_lines(*SHELF)], tmp_path / "g.kg")  # type: ignore[operator]
    with made as graph:
        disk = index.store(graph)
        rows = graph.query(everything).rows
        index.store(graph)
        (opened,) = index._OPEN[graph].values()
        assert opened.memory is not None
        opened.memory.wait()
        assert index.store(graph) is opened.memory.store is not disk
        assert graph.query(everything).rows == rows
        # The papers' own graphs are asked on disk.
        assert len(graph.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")) == len(SHELF)
        folder = index.build_index(graph)
        (folder / index.TEXT).write_bytes(b"no text")
        broken = index.Memory(folder)
        broken.wait()
        assert broken.store is None
    monkeypatch.setattr(index, "LARGEST", 100)
    with kg.build([write_lines(SHELF[0], name="b.jsonl")], tmp_path / "h.kg") as graph:  # type: ignore[operator]
        assert index.Memory.needs(index.build_index(graph)) is None
        assert index.store(graph) is index.store(graph) is index.store(graph)


def test_reading_into_memory_ends_with_the_process(shelf: KnowledgeGraph) -> None:
    code = "import sys, kg\ng = kg.load(sys.argv[1])\nfor _ in range(4): g.query('ASK {}')"
    done = subprocess.run([sys.executable, "-c", code, str(shelf.path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_base_of_the_build(tmp_path: Path, write_lines: object) -> None:
    made = kg.build([write_lines(SHELF[0])], tmp_path / "g.kg", base="https://example.org/my/")  # type: ignore[operator]
    with made as graph:
        assert graph.query("ASK { paper:attention-is-all-you-need a kg:Paper } ") or True
        assert values(graph.query("SELECT ?d { ?d a kg:Metric }"), "d") == ["https://example.org/my/metric/bleu"]


# Limits


def test_limit_cuts_and_says_so(shelf: KnowledgeGraph) -> None:
    found = shelf.query("SELECT ?s { ?s ?p ?o }", limit=7)
    assert len(found) == 7
    assert found.truncated
    assert not shelf.query("SELECT ?s { ?s a kg:Paper }", limit=len(SHELF)).truncated
    assert shelf.query("CONSTRUCT WHERE { ?s ?p ?o }", limit=3).truncated


def test_endless_query_ends_at_its_limit(shelf: KnowledgeGraph) -> None:
    with pytest.raises(QueryTimeout, match="stopped after 1 s"):
        shelf.query(ENDLESS, timeout=1)


def test_worker_gives_what_this_process_gives(shelf: KnowledgeGraph) -> None:
    for text in (
        "SELECT ?s ?l { ?s a kg:Hardware ; rdfs:label ?l OPTIONAL { ?s kg:nothing ?x } } ORDER BY ?s",
        "ASK { ?s a kg:Paper }",
        "CONSTRUCT { ?s a ?t } WHERE { ?s a ?t ; rdfs:label 'FPGA' }",
    ):
        here, there = shelf.query(text), shelf.query(text, timeout=30)
        assert here.rows == there.rows
        assert here.truth == there.truth
        assert sorted(map(str, here.triples)) == sorted(map(str, there.triples))


# Errors

WRONG = [
    ("SELECT * WHER { ?s ?p ?o }", "line 1, column 10: 'WHER'", "did you mean WHERE?"),
    ("SELECT ?s\nWHERE { ?s a hardwar:fpga }", "line 2, column 14: unknown prefix hardwar:", "did you mean hardware:?"),
    ("SELECT ?x WHERE { ?x a foo:Bar }", "unknown prefix foo:", "PREFIX"),
    ("SELECT ?x WHERE { ?x a kg:Paper }}", "column 34: this } closes nothing", "^"),
    ("SELECT ?x WHERE { ?x a kg:Paper", "column 17: this { is never closed", "^"),
    ("SELECT ?x WHERE { ?x rdfs:label \"a }", "this string is never closed", "^"),
    ("SELECT ?x { ?x a kg:Paper FILTR(?x > 1) }", "'FILTR'", "did you mean FILTER?"),
    ("SELECT ?t (COUNT(?s) AS ?n) { ?s a ?t }", "?t is selected but neither grouped", "GROUP BY ?t"),
    ("SELEC ?x { ?x a ?y }", "'SELEC'", "did you mean SELECT?"),
    ("", "the query is empty", "SELECT"),
    ("INSERT DATA { <a:b> <a:c> <a:d> }", "INSERT would change the graph", "only reads"),
    ("DROP ALL", "DROP would change the graph", "only reads"),
    ("LOAD <file:///etc/passwd>", "LOAD would change the graph", "only reads"),
    ("SELECT ?x { ?x a <http://a b> }", "this IRI holds a character that an IRI may not", "^"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what", "hint"), WRONG, ids=[w[1][:30] for w in WRONG])
def test_an_error_shows_the_place_and_what_is_near(text: str, what: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        run(ox.Store(), text)
    assert what in str(caught.value)
    assert hint in str(caught.value)


def test_the_caret_stands_under_the_fault() -> None:
    with pytest.raises(QueryError) as caught:
        run(ox.Store(), "SELECT ?x\nWHERE {\n\t?x a kg:Paper ;; rdfs:lable .\n\tFILTR(?x)\n}")
    first, line, caret = str(caught.value).split("\n")
    assert line[caret.index("^") :].startswith("FILTR" if "FILTR" in line else ".")
    assert first.startswith("line ")


def test_an_unknown_class_is_doubted() -> None:
    (note,) = unknown_names("SELECT * { ?s a kg:Hardwre }", prefixes())
    assert "no class kg:Hardwre" in note
    assert "kg:Hardware" in note
    assert not unknown_names("SELECT * { ?s a kg:Hardware ; kg:targets ?o }", prefixes())


OUT = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "PREFIX ex: <http://127.0.0.1:9/> ASK { SERVICEex:{ ?s ?p ?o } }",
    "ASK { ?a ?b 1SERVICE<http://127.0.0.1:9/>{ ?s ?p ?o } }",
    "ASK { ?a <a:b> ?b FILTER(?b<?b)SERVICE#>\n<http://127.0.0.1:9/>{ ?s ?p ?o } }",
    "ASK { ?a <a:b> ?b FILTER(?b<3)SERVICESILENT<http://127.0.0.1:9/>{ ?s ?p ?o } }",
    "SELECT * { { SELECT * { SERVICE ?x { ?s ?p ?o } } } }",
    "ASK { BIND('a' AS ?service) SeRvIcE <http://127.0.0.1:9/> { } }",
]


@pytest.mark.parametrize("text", OUT)
def test_no_query_leaves_the_machine(text: str) -> None:
    with pytest.raises(QueryError):
        refuse_service(text, prefixes())


def test_the_word_service_is_no_offence(shelf: KnowledgeGraph) -> None:
    assert shelf.query("ASK { BIND('a service' AS ?service) # SERVICE\n BIND(<http://x.org/service/a> AS ?b) }")


# Formats


def test_tables_in_the_formats_of_the_w3c() -> None:
    rows = [
        (ox.NamedNode("http://x.org/a"), ox.Literal('say "hi",\tyou'), ox.Literal(3)),
        (ox.BlankNode("b"), ox.Literal("hallo", language="de"), None),
        (ox.NamedNode("http://x.org/c"), ox.Literal("a < b & c"), ox.Literal("1.50", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))),
    ]  # fmt: skip
    for format, kind in (
        ("json", ox.QueryResultsFormat.JSON), ("xml", ox.QueryResultsFormat.XML), ("tsv", ox.QueryResultsFormat.TSV),
    ):  # fmt: skip
        text = write_table(("s", "o", "n"), rows, None, format)
        again = ox.parse_query_results(text, format=kind)
        assert isinstance(again, ox.QuerySolutions)
        assert [str(t) for row in again for t in row] == [str(t) for row in rows for t in row], format
    assert write_table(("s", "o", "n"), rows, None, "csv").decode().splitlines()[1] == (
        'http://x.org/a,"say ""hi"",\tyou",3'
    )
    assert write_table((), (), True, "csv") == b"true"
    assert json.loads(write_table((), (), False, "json")) == {"head": {}, "boolean": False}


# The command


def test_query_command_tables_and_formats(shelf: KnowledgeGraph) -> None:
    text = "SELECT ?name ?y { ?p a kg:Paper ; kg:year ?y ; dct:title ?name } ORDER BY ?y"
    table = kg_run(shelf, "query", text, "--limit", "1")
    assert table.stdout.splitlines() == ["name                          y", "Attention Is All You Need  2017"]
    assert "more" in table.stderr
    assert kg_run(shelf, "query", text, "-f", "csv").stdout.splitlines()[0] == "name,y"
    assert json.loads(kg_run(shelf, "query", text, "-f", "json").stdout)["head"]["vars"] == ["name", "y"]
    assert "sparql-results#" in kg_run(shelf, "query", text, "-f", "xml").stdout
    timing = kg_run(shelf, "query", text, "--time")
    assert "parse" in timing.stderr
    assert "run" in timing.stderr


def test_query_leaves_out_what_is_less_certain(shelf: KnowledgeGraph) -> None:
    text = 'ASK { ?a kg:uses ?b . ?a rdfs:label "GPT-2" . ?b rdfs:label "FlashAttention" }'  # with a confidence of .4
    said = [
        kg_run(shelf, "query", text, "--min-confidence", p, "-f", "csv").stdout.strip() for p in ("0", "0.3", "0.5")
    ]
    assert said == ["true", "true", "false"]


def test_query_command_errors(shelf: KnowledgeGraph) -> None:
    for args, what in (
        (("SELECT * WHER { }",), "did you mean WHERE"),
        ((ENDLESS, "--timeout", "0.5"), "stopped after 0.5 s"),
        (("missing.rq",), "no such query file"),
        (("ASK {}", "-f", "turtle"), "cannot be written as turtle"),
    ):
        result = kg_run(shelf, "query", *args)
        assert result.exit_code == 1, args
        assert what in result.stderr
        assert "Traceback" not in result.output


def test_query_command_asks_named_questions(shelf: KnowledgeGraph) -> None:
    found = kg_run(shelf, "query", "--question", "runs-on", "--arg", "hardware=FPGA", "-f", "csv")
    assert "PatchFlow,Alveo U280" in found.stdout
    shown = kg_run(shelf, "query", "--question", "runs-on", "--arg", "hardware=FPGA", "--sparql")
    assert shown.stdout.startswith("PREFIX ")
    again = CliRunner().invoke(cli, ["query", str(shelf.path), "-", "-f", "csv"], input=shown.stdout)
    assert again.stdout == found.stdout
