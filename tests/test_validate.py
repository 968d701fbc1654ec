"""SHACL: good graphs conform, and every rule of every shape refuses something."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from kg.cli import cli
from kg.errors import InputError, MissingFile, SchemaError, UnknownFormat
from kg.export import rdf
from kg.graph import KnowledgeGraph
from kg.schema import home
from kg.validate import validate, validate_file, validate_store

SH = "http://www.w3.org/ns/shacl#"
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SHAPES = ox.Store()
SHAPES.bulk_load(path=str(home() / "shapes.ttl"), format=ox.RdfFormat.TURTLE)


def value(node: object, name: str) -> object:
    found = list(SHAPES.quads_for_pattern(node, ox.NamedNode(SH + name), None))  # type: ignore[arg-type]
    return found[0].object if found else None


def rules() -> list[tuple[str, object, object, object]]:
    """List every property rule: shape, class, path and the rule's node."""
    found = []
    for quad in SHAPES.quads_for_pattern(None, ox.NamedNode(SH + "property"), None):
        target = value(quad.subject, "targetClass")
        name = quad.subject.value.rsplit("#", 1)[1]
        found.append((name, target, value(quad.object, "path"), quad.object))
    return sorted(found, key=lambda r: (r[0], str(r[2])))


@pytest.fixture
def store(tiny_graph: KnowledgeGraph) -> ox.Store:
    return rdf.load_store(tiny_graph)


def some(store: ox.Store, target: object) -> object | None:
    found = sorted((q.subject for q in store.quads_for_pattern(None, TYPE, target)), key=str)  # type: ignore[arg-type]
    return found[0] if found else None


def test_a_built_graph_conforms(tiny_graph: KnowledgeGraph) -> None:
    assert validate(tiny_graph) == []


def test_pyshacl_agrees_that_it_conforms(store: ox.Store) -> None:
    assert validate_store(store, engine="pyshacl") == []


@pytest.mark.parametrize("name", ["turtle", "nquads", "trig", "jsonld", "rdfxml", "nt"])
def test_every_export_conforms(tiny_graph: KnowledgeGraph, tmp_path: Path, name: str) -> None:
    from kg.export import EXPORTERS

    extension = {"turtle": "ttl", "nquads": "nq", "rdfxml": "rdf"}.get(name, name)
    EXPORTERS[name](tiny_graph, tmp_path / f"g.{extension}")
    assert validate_file(tmp_path / f"g.{extension}") == []


def break_all(store: ox.Store, how: str) -> dict[object, tuple[object, object]]:
    """Break, on a fresh node of each class, every property in one way; give what was broken."""
    broken: dict[object, tuple[object, object]] = {}
    for n, (name, target, path, rule) in enumerate(rules()):
        node = ox.NamedNode(f"https://x.invalid/{how}/{name}/{n}")
        model = some(store, target)
        if model is not None:
            for q in list(store.quads_for_pattern(model, None, None)):  # type: ignore[arg-type]
                store.add(ox.Quad(node, q.predicate, q.object))
        store.add(ox.Quad(node, TYPE, target))  # type: ignore[arg-type]
        old = list(store.quads_for_pattern(node, path, None))  # type: ignore[arg-type]
        if how == "missing" and value(rule, "minCount") is not None and path != TYPE:
            new: list[object] = []
        elif how == "twice" and value(rule, "maxCount") is not None and old:
            new = [q.object for q in old] + [ox.Literal(f"another {n}")]
        elif how == "wrong" and path != TYPE:
            new = [ox.BlankNode(f"b{n}")]
        else:
            continue
        for q in old:
            store.remove(q)
        for o in new:
            store.add(ox.Quad(node, path, o))  # type: ignore[arg-type]
        broken[node] = (path, name)
    return broken


@pytest.mark.parametrize("how", ["missing", "twice", "wrong"])
def test_every_rule_refuses_what_breaks_it(store: ox.Store, how: str) -> None:
    broken = break_all(store, how)
    assert {name for _, name in broken.values()} == {name for name, *_ in rules()} or how == "twice"
    found = {(v.node, v.path) for v in validate_store(store)}
    missed = [(n, p) for n, (p, _) in broken.items() if (n.value, p.value) not in found]  # type: ignore[attr-defined]
    assert missed == []


@pytest.mark.parametrize("how", ["missing", "twice", "wrong"])
def test_sparql_and_pyshacl_find_the_same(store: ox.Store, how: str) -> None:
    break_all(store, how)
    shapes = home() / "shapes.ttl"
    fast = {(v.node, v.path) for v in validate_store(store, shapes=shapes, engine="sparql")}
    slow = {(v.node, v.path) for v in validate_store(store, shapes=shapes, engine="pyshacl")}
    assert fast == slow


BAD_VALUES = [
    ("Claim", "confidence", '"1.5"^^xsd:decimal'),
    ("Claim", "confidence", '"much"^^xsd:decimal'),
    ("Claim", "confidence", "0.5e0"),
    ("Claim", "support", "-1"),
    ("Result", "resultKind", '"relative"'),
    ("Result", "direction", '"sideways"'),
    ("Paper", "year", "99"),
    ("Paper", "introduces", "<https://w3id.org/kg-papers/author/ada-lovelace>"),
    ("Paper", "targets", "<https://w3id.org/kg-papers/dataset/imagenet>"),
]


@pytest.mark.parametrize(("type", "property", "bad"), BAD_VALUES)
def test_a_value_out_of_range_is_refused_by_both(store: ox.Store, type: str, property: str, bad: str) -> None:
    node, path = some(store, ox.NamedNode(rdf.ONTOLOGY + type)), ox.NamedNode(rdf.ONTOLOGY + property)
    for q in list(store.quads_for_pattern(node, path, None)):  # type: ignore[arg-type]
        store.remove(q)
    store.update(f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> INSERT DATA {{ {node} {path} {bad} }}")
    for engine in ("sparql", "pyshacl"):
        found = {(v.node, v.path) for v in validate_store(store, shapes=home() / "shapes.ttl", engine=engine)}
        assert found == {(node.value, path.value)}, engine  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DELETE { ?s kg:runsOn ?o } WHERE { ?s kg:runsOn ?o }", "beside its plain triple"),
        ("DELETE { ?c kg:support 1 } INSERT { ?c kg:support 7 } WHERE { ?c kg:support 1 }", "number of papers"),
        ("DELETE { ?q oa:exact ?t } INSERT { ?q oa:exact 'other' } WHERE { ?q oa:exact ?t }", "stand at its place"),
    ],
)
def test_what_no_shape_can_say_is_checked_too(store: ox.Store, change: str, message: str) -> None:
    store.update(change, prefixes=dict(rdf.PREFIXES))
    assert any(message in v.message for v in validate_store(store))


def test_the_command_reports_and_exits(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    good = CliRunner().invoke(cli, ["validate", str(tiny_graph.path)])
    assert (good.exit_code, "conforms" in good.output) == (0, True)
    rdf.write_nt(tiny_graph, tmp_path / "g.nt")
    lines = (tmp_path / "g.nt").read_text("utf-8").splitlines(keepends=True)
    bad = [line for line in lines if "abel>" not in line or "/hardware/" not in line]
    (tmp_path / "bad.nt").write_text("".join(bad), encoding="utf-8")
    result = CliRunner().invoke(cli, ["validate", str(tmp_path / "bad.nt")])
    assert result.exit_code == 1
    assert "hardware/fpga: a Hardware needs exactly one rdfs:label, xsd:string" in result.output


def test_own_shapes_beyond_sparql_go_to_pyshacl(store: ox.Store, tmp_path: Path) -> None:
    shapes = tmp_path / "own.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix kg: <https://w3id.org/kg-papers/ontology#> .\n"
        "@prefix dct: <http://purl.org/dc/terms/> .\n"
        "<x:s> a sh:NodeShape ; sh:targetClass kg:Paper ; sh:property [ sh:path dct:title ; sh:maxLength 3 ] .",
        encoding="utf-8",
    )
    assert len(validate_store(store, shapes=shapes)) == 2
    with pytest.raises(SchemaError, match="maxLength"):
        validate_store(store, shapes=shapes, engine="sparql")


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<a> <b> .", encoding="utf-8")
    (tmp_path / "a.doc").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.ttl"):
        validate_file(tmp_path / "a.ttl")
    with pytest.raises(UnknownFormat):
        validate_file(tmp_path / "a.doc")
    with pytest.raises(MissingFile):
        validate_file(tmp_path / "none.ttl")
