"""Nanopublications by the checker's rules, and an RO-Crate that holds together."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.export import rdf
from kg.export.packages import write_nanopub, write_rocrate
from kg.graph import KnowledgeGraph

NP = "http://www.nanopub.org/nschema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@pytest.fixture(scope="module")
def nanopubs(tiny_graph: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> list[ox.Quad]:
    path = tmp_path_factory.mktemp("np") / "np.trig"
    write_nanopub(tiny_graph, path, creator="0000-0002-1825-0097", created="2026-01-02", license="https://x.invalid/l")
    return list(ox.parse(path=str(path), format=ox.RdfFormat.TRIG))


def by_graph(quads: list[ox.Quad]) -> dict[str, list[ox.Quad]]:
    found = defaultdict(list)
    for q in quads:
        found[q.graph_name.value if isinstance(q.graph_name, ox.NamedNode) else ""].append(q)
    return found


def heads(quads: list[ox.Quad]) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Give each nanopublication with its head graph and what its head says."""
    graphs = by_graph(quads)
    found = []
    for q in quads:
        if q.predicate.value == TYPE and q.object == ox.NamedNode(NP + "Nanopublication"):
            head = q.graph_name.value
            parts = defaultdict(list)
            for h in graphs[head]:
                parts[h.predicate.value.removeprefix(NP)].append(h.object.value)
            found.append((q.subject.value, head, parts))
    return found


def test_there_is_one_for_every_claim_of_a_paper_and_every_result(
    tiny_graph: KnowledgeGraph, nanopubs: list[ox.Quad]
) -> None:
    assert len(heads(nanopubs)) == len(list(tiny_graph.claims())) + len(list(tiny_graph.measurements()))


def test_each_keeps_the_ten_rules_of_well_formedness(nanopubs: list[ox.Quad]) -> None:
    # Source: the criteria in the README of nanopub-java, which checks them.
    graphs = by_graph(nanopubs)
    assert "" not in graphs
    used = set()
    for np, head, parts in heads(nanopubs):
        names = [parts[p] for p in ("hasAssertion", "hasProvenance", "hasPublicationInfo")]
        assert [len(n) for n in names] == [1, 1, 1]
        (assertion,), (provenance,), (info,) = names
        assert len({np, head, assertion, provenance, info}) == 5
        assert all(graphs[g] for g in (assertion, provenance, info))
        assert {q.subject.value for q in graphs[head]} == {np}
        assert any(assertion in (q.subject.value, getattr(q.object, "value", "")) for q in graphs[provenance])
        assert any(np in (q.subject.value, getattr(q.object, "value", "")) for q in graphs[info])
        used |= {head, assertion, provenance, info}
    assert used == set(graphs)


def test_assertions_are_the_plain_triples_and_provenance_has_the_words(
    tiny_graph: KnowledgeGraph, nanopubs: list[ox.Quad]
) -> None:
    said = {str(q.triple) for q in nanopubs if str(q.graph_name).endswith("#assertion>")}
    plain = rdf.load_store(tiny_graph)
    for edge in tiny_graph.edges():
        if edge.claims:
            s, o = ox.NamedNode(tiny_graph.iri(edge.source)), ox.NamedNode(tiny_graph.iri(edge.target))
            assert any(str(q.triple) in said for q in plain.quads_for_pattern(s, None, o))
    quotes = {q.object.value for q in nanopubs if q.predicate.value.endswith("oa#exact")}
    assert "It runs on the Alveo U280." in quotes


def test_nanopubs_are_equal_bytes(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    for name in "ab":
        write_nanopub(tiny_graph, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.fixture(scope="module")
def crate(tiny_graph: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crate") / "rocrate"
    write_rocrate(tiny_graph, path, creator="0000-0002-1825-0097")
    return path


def test_the_crate_has_descriptor_root_and_all_its_files(crate: Path) -> None:
    metadata = json.loads((crate / "ro-crate-metadata.json").read_text("utf-8"))
    context, terms = metadata["@context"]
    assert context == "https://w3id.org/ro/crate/1.1/context"
    assert terms == {"sha256": "http://schema.org/sha256"}  # which that context lacks
    nodes = {n["@id"]: n for n in metadata["@graph"]}
    assert len(nodes) == len(metadata["@graph"])
    assert nodes["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    root = nodes["./"]
    assert {"name", "description", "datePublished", "license"} <= set(root)
    assert root["datePublished"] == "2023-01-01"
    listed = {part["@id"] for part in root["hasPart"]}
    assert listed == {p.name for p in crate.iterdir()} - {"ro-crate-metadata.json"}
    for name in listed:
        content = (crate / name).read_bytes()
        assert nodes[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert nodes[name]["contentSize"] == str(len(content))


def test_every_reference_in_the_crate_is_described(crate: Path) -> None:
    metadata = json.loads((crate / "ro-crate-metadata.json").read_text("utf-8"))
    known = {n["@id"] for n in metadata["@graph"]}

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            return [value["@id"]] if set(value) == {"@id"} else [r for v in value.values() for r in references(v)]
        return [r for v in value for r in references(v)] if isinstance(value, list) else []

    found = {r for n in metadata["@graph"] for r in references({k: v for k, v in n.items() if k != "@id"})}
    assert found - {"https://w3id.org/ro/crate/1.1"} <= known


def test_the_crate_is_equal_bytes(tiny_graph: KnowledgeGraph, crate: Path, tmp_path: Path) -> None:
    write_rocrate(tiny_graph, tmp_path / "again", creator="0000-0002-1825-0097")
    for file in crate.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name
