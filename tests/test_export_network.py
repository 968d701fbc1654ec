"""GraphML and GEXF: read back with networkx, and held to the rules of Gephi, yEd and the XML schema."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest
from makers import VIT, make_findings

import kg
from kg.errors import UnknownName
from kg.export.network import COLOURS, text, write_gexf, write_graphml
from kg.export.rows import Rows, day
from kg.graph import KnowledgeGraph
from kg.schema import NODE_TYPES

ML = "{http://graphml.graphdrawing.org/xmlns}"
GEXF = "{http://gexf.net/1.3}"
YED = "{http://www.yworks.com/xml/graphml}"

#: Two edges between the same two nodes, two names that XML must escape, and characters it cannot hold.
AWKWARD = make_findings(
    "AT&T <b>BERT</b> \x0bon \"chips\"\x01",
    "FastBERT uses BERT & outperforms BERT\x00 here\ufffe. FastBERT runs on a GPU.",
    ["Architecture introduces FastBERT", "Architecture uses BERT", "Hardware targets GPU"],
    ["FastBERT > uses > BERT", "FastBERT > outperforms > BERT", "FastBERT > runs_on > GPU"],
    id="awkward/paper 1",
)  # fmt: skip


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    import json

    path = tmp_path_factory.mktemp("network") / "papers.jsonl"
    path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in (VIT, AWKWARD)), encoding="utf-8")
    return kg.build([path])


Writer = Callable[..., None]
WRITERS: list[tuple[Writer, dict[str, str], str]] = [
    (write_graphml, {}, "graphml"),
    (write_graphml, {"dialect": "yed"}, "graphml"),
    (write_gexf, {}, "gexf"),
]


def write(graph: KnowledgeGraph, folder: Path, writer: Writer, options: dict[str, str]) -> Path:
    path = folder / "graph.xml"
    writer(graph, path, **options)
    return path


def read(path: Path, format: str) -> nx.MultiDiGraph:
    if format == "gexf":
        return nx.read_gexf(path, version="1.3")
    return nx.read_graphml(path, force_multigraph=True)


@pytest.mark.parametrize(("writer", "options", "format"), WRITERS)
def test_networkx_reads_the_same_graph(
    graph: KnowledgeGraph, tmp_path: Path, writer: Writer, options: dict[str, str], format: str
) -> None:
    found, ours = read(write(graph, tmp_path, writer, options), format), graph.to_networkx()
    assert isinstance(found, nx.MultiDiGraph)
    assert set(found) == set(ours)
    edges = {(s, t, d["type"]) for s, t, d in found.edges(data=True)}
    assert edges == {(s, t, d["type"]) for s, t, d in ours.edges(data=True)}
    assert found.number_of_edges() == ours.number_of_edges() == len(edges)
    for node, data in found.nodes(data=True):
        assert data["iri"] == ours.nodes[node]["iri"] == graph.base + node
        assert data["type"] == ours.nodes[node]["type"]
        assert data["label"] == ours.nodes[node]["label"].translate(dict.fromkeys((0, 1, 11, 0xFFFE), "\ufffd"))
    confidence = {d["iri"]: d["confidence"] for _, _, d in found.edges(data=True)}
    assert confidence == {graph.iri(e.id): e.confidence for e in graph.edges()}


@pytest.mark.parametrize(("writer", "options", "format"), WRITERS)
def test_two_writes_are_byte_equal_and_leave_nothing_beside(
    graph: KnowledgeGraph, tmp_path: Path, writer: Writer, options: dict[str, str], format: str
) -> None:
    first = write(graph, tmp_path, writer, options).read_bytes()
    assert write(graph, tmp_path, writer, options).read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["graph.xml"]
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", first.decode())


@pytest.mark.parametrize(("writer", "options", "format"), WRITERS)
def test_every_edge_from_a_text_has_words_that_can_be_found_again(
    graph: KnowledgeGraph, tmp_path: Path, writer: Writer, options: dict[str, str], format: str
) -> None:
    papers = {p.id: p.text for p in graph.papers()}
    found = read(write(graph, tmp_path, writer, options), format)
    said = [d for _, _, d in found.edges(data=True) if d["type"] not in ("author", "venue", "broader")]
    assert len(said) > 8
    for data in said:
        words = papers[data["quote_paper"]][data["quote_start"] : data["quote_end"]]
        assert data["quote"] == text(words).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        assert data["quote_paper"] in data["papers"].split(" | ")


# What Gephi's ImporterGraphML takes without an issue, and yEd with edges and labels

GEPHI_TYPES = {"boolean", "int", "long", "float", "double", "string"}
VALID = {
    "int": lambda v: v == str(int(v)),
    "float": lambda v: float(v) > 0,
    "double": lambda v: float(v) >= 0,
    "string": lambda v: v.strip() != "",
}


@pytest.mark.parametrize("dialect", ["plain", "yed"])
def test_graphml_follows_the_rules_of_its_readers(graph: KnowledgeGraph, tmp_path: Path, dialect: str) -> None:
    root = ET.parse(write(graph, tmp_path, write_graphml, {"dialect": dialect})).getroot()
    [body] = root.findall(f"{ML}graph")
    assert body.get("edgedefault") == "directed"
    assert not list(body.iter(f"{ML}hyperedge"))
    assert not [node for node in body.iter(f"{ML}node") if node.find(f"{ML}graph") is not None]

    keys = {k.get("id"): k for k in root.findall(f"{ML}key")}
    assert len(keys) == len(root.findall(f"{ML}key")), "key ids are unique"
    assert {k.get("for") for k in keys.values()} == {"node", "edge"}, 'for="all" becomes a column of nodes only'
    assert not {"d3", "d7"} & set(keys), "Gephi takes d3 and d7 for labels"
    plain = {id: k for id, k in keys.items() if k.get("yfiles.type") is None}
    assert {k.get("attr.type") for k in plain.values()} <= GEPHI_TYPES
    named = [(k.get("for"), k.get("attr.name")) for k in plain.values()]
    assert len(set(named)) == len(named), "one type per attribute"
    assert {("node", "label"), ("edge", "label"), ("edge", "weight"), ("node", "iri"), ("edge", "iri")} <= set(named)

    nodes = [n.get("id") for n in body.findall(f"{ML}node")]
    edges = [e.get("id") for e in body.findall(f"{ML}edge")]
    assert all(nodes)
    assert all(edges)
    assert len(set(nodes) | set(edges)) == len(nodes) + len(edges), "ids are unique in the whole file"
    seen: set[str | None] = set()
    for element in body:
        if element.tag == f"{ML}edge":
            assert element.get("source") in seen, "Gephi needs nodes before edges"
            assert element.get("target") in seen
        seen.add(element.get("id"))
        data = {d.get("key"): d for d in element.findall(f"{ML}data")}
        assert len(data) == len(element.findall(f"{ML}data"))
        assert ("label" if element.tag == f"{ML}node" else "edge_label") in data or element.tag == f"{ML}desc"
        for key, value in data.items():
            if key in plain:
                assert VALID[str(plain[key].get("attr.type"))](value.text), (key, value.text)
    weights = [float(e.findtext(f"{ML}data[@key='weight']", "")) for e in body.findall(f"{ML}edge")]
    assert min(weights) >= 1, "Gephi drops edges of weight 0"


def test_yed_dialect_shows_labels_and_plain_does_not_mention_yed(graph: KnowledgeGraph, tmp_path: Path) -> None:
    root = ET.parse(write(graph, tmp_path, write_graphml, {"dialect": "yed"})).getroot()
    graphics = {k.get("for"): k.get("id") for k in root.findall(f"{ML}key") if k.get("yfiles.type")}
    assert {k.get("yfiles.type") for k in root.findall(f"{ML}key")} >= {"nodegraphics", "edgegraphics"}
    for kind, label in (("node", "Node"), ("edge", "Edge")):
        for element in root.iter(ML + kind):
            shown = element.findtext(f"{ML}data[@key='{graphics[kind]}']//{YED}{label}Label")
            key = "label" if kind == "node" else "edge_label"
            assert shown == element.findtext(f"{ML}data[@key='{key}']")
    assert "yworks" not in write(graph, tmp_path, write_graphml, {}).read_text(encoding="utf-8")


def test_unknown_dialect_is_refused(graph: KnowledgeGraph, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean yed"):
        write_graphml(graph, tmp_path / "g.graphml", dialect="yedd")


# What Gephi's ImporterGEXF and the 1.3 schema ask for


def test_gexf_follows_the_rules_of_its_readers(graph: KnowledgeGraph, tmp_path: Path) -> None:
    root = ET.parse(write(graph, tmp_path, write_gexf, {})).getroot()
    assert root.get("version") == "1.3"
    [body] = root.findall(f"{GEXF}graph")
    assert body.attrib == {
        "defaultedgetype": "directed", "idtype": "string", "mode": "dynamic", "timeformat": "date",
        "timerepresentation": "interval"}  # fmt: skip
    declared = {
        str(group.get("class")): {a.get("id"): a.get("type") for a in group.findall(f"{GEXF}attribute")}
        for group in body.findall(f"{GEXF}attributes")
    }
    assert set(declared) == {"node", "edge"}
    types = {t for group in declared.values() for t in group.values()}
    assert types <= {"string", "integer", "float", "double", "boolean"}
    starts: dict[str | None, str | None] = {}
    parallel: set[tuple[str | None, ...]] = set()
    for kind in ("node", "edge"):
        elements = list(body.iter(GEXF + kind))
        assert len({e.get("id") for e in elements}) == len(elements)
        for e in elements:
            assert e.get("id")
            assert e.get("label")
            assert {v.get("for") for v in e.iter(f"{GEXF}attvalue")} <= set(declared[kind])
            assert all(v.get("value") for v in e.iter(f"{GEXF}attvalue"))
            start = e.get("start")
            assert start is None or re.fullmatch(r"\d{4}-\d\d-\d\d", start)
            if kind == "node":
                starts[e.get("id")] = start
                continue
            ends = (e.get("source"), e.get("target"))
            assert set(ends) <= set(starts)
            assert all((starts[end] or "") <= (start or "9999") for end in ends), "no edge before its ends"
            assert (*ends, e.get("kind")) not in parallel, "parallel edges differ in kind"
            parallel.add((*ends, e.get("kind")))
            assert float(e.get("weight") or 0) >= 1


def test_things_appear_with_their_first_paper(graph: KnowledgeGraph, tmp_path: Path) -> None:
    found = read(write(graph, tmp_path, write_gexf, {}), "gexf")
    assert found.nodes["paper/vit-on-fpga"]["start"] == "2021-03-01"
    assert found.nodes["architecture/vita"]["start"] == "2021-03-01"
    # The other paper that names a GPU has no date, so that the GPU may be older.
    assert "start" not in found.nodes["hardware/gpu"]
    assert found.nodes["hardware/gpu"]["papers"] == 2


def test_gexf_without_dates_is_static(tmp_path: Path, write_lines: Callable[..., Path]) -> None:
    path = write(kg.build([write_lines(AWKWARD)]), tmp_path, write_gexf, {})
    head = path.read_text(encoding="utf-8").split("<nodes>")[0]
    assert 'mode="static"' in head
    assert "timeformat" not in head


# Rows


def test_filtered_graph_leaves_no_loose_ends(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    record = VIT.to_json()
    for entity in record["entities"]:
        entity["confidence"] = 0.3 if entity["name"] in ("GPU", "ImageNet") else 0.9
    graph = kg.build([write_lines(record)]).filtered(min_confidence=0.5)
    found = read(write(graph, tmp_path, write_graphml, {}), "graphml")
    assert "hardware/gpu" not in found
    assert set(found) == set(graph.to_networkx())


def test_every_type_has_a_colour_of_its_own() -> None:
    assert set(COLOURS) == set(NODE_TYPES) - {"Result"}
    assert len(set(COLOURS.values())) == len(COLOURS)


@pytest.mark.parametrize(
    ("date", "first"),
    [("2021-03-27", "2021-03-27"), ("2021-02-40", "2021-02-01"), ("2021-13", "2021-01-01"), ("", None), ("x", None)],
)
def test_first_day(date: str, first: str | None) -> None:
    assert day(date) == first


def test_papers_carry_their_numbers(graph: KnowledgeGraph) -> None:
    [vit] = [n for n in Rows(graph).nodes() if n["id"] == "paper/vit-on-fpga"]
    assert set(vit["results"]) == {"ViTA accuracy 79.2 % on ImageNet", "ViTA speedup 2 x on Alveo U280 over GPU"}


def test_every_iri_is_a_subject_of_the_rdf(graph: KnowledgeGraph, tmp_path: Path) -> None:
    from kg.export.rdf import write_nt

    write_nt(graph, tmp_path / "g.nt")
    subjects = {line.split(" ")[0].strip("<>") for line in (tmp_path / "g.nt").open(encoding="utf-8")}
    rows = Rows(graph)
    assert {n["iri"] for n in rows.nodes()} <= subjects
    assert {e["iri"] for e in rows.edges()} <= subjects
    assert {graph.iri(m.id) for m in graph.measurements()} <= subjects
