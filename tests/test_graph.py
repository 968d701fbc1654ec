"""The graph: what is found, counted and quoted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from makers import make_findings

import kg
from kg.errors import UnknownName
from kg.graph import KnowledgeGraph, paper_node
from kg.types import Entity, Measurement, Paper


def test_every_edge_quotes_its_paper(tiny_graph: KnowledgeGraph) -> None:
    texts = {p.id: p.text for p in tiny_graph.papers()}
    claims = [c for e in tiny_graph.edges() if e.type not in ("author", "venue", "broader") for c in e.claims]
    assert claims
    for claim in claims:
        assert claim.evidence
        for words in claim.evidence:
            assert texts[claim.paper][words.start : words.end] == words.quote
        for m in claim.mentions:
            assert texts[claim.paper][m.start : m.end] == m.text
            assert any(w.start <= m.start and m.end <= w.end for w in claim.evidence)


@pytest.mark.parametrize("name", ["Vision Transformer", "ViT", "vision transformer", "architecture/vision-transformer"])
def test_find_by_name_alias_and_id(tiny_graph: KnowledgeGraph, name: str) -> None:
    found = tiny_graph.find(name)
    assert isinstance(found, Entity)
    assert (found.type, found.name) == ("Architecture", "Vision Transformer")
    assert tiny_graph.find(tiny_graph.iri(found.id)) == found


def test_find_paper_author_and_nothing(tiny_graph: KnowledgeGraph) -> None:
    assert isinstance(tiny_graph.find("ViT on FPGA"), Paper)
    assert tiny_graph.find("Ada Lovelace", "Author").id == "author/ada-lovelace"
    with pytest.raises(UnknownName, match="did you mean Vision Transformer"):
        tiny_graph.find("Vison Transfomer")
    with pytest.raises(UnknownName):
        tiny_graph.node("hardware/none")


def test_edges_are_sorted_and_filtered(tiny_graph: KnowledgeGraph) -> None:
    edges = list(tiny_graph.edges())
    keys = [(e.source, e.type, e.target) for e in edges]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    wanted = list(tiny_graph.edges(type="targets", source=paper_node("vit-on-fpga")))
    assert [e.target for e in wanted] == [e.target for e in edges if e.type == "targets" and e.source.endswith("fpga")]


def test_measurements_are_resolved(tiny_graph: KnowledgeGraph) -> None:
    by_metric = {m.metric_text: m for m in tiny_graph.measurements()}
    accuracy, speedup = by_metric["accuracy"], by_metric["speedup"]
    names = [tiny_graph.node(n) for n in (accuracy.subject, accuracy.dataset, accuracy.metric) if n]
    assert [getattr(n, "name", None) for n in names] == ["ViTA", "ImageNet", "accuracy"]
    assert (accuracy.value, accuracy.unit, accuracy.direction) == (79.2, "%", "higher")
    assert speedup.hardware == tiny_graph.find("Alveo U280").id
    assert isinstance(tiny_graph.node(accuracy.id), Measurement)
    assert [m.id for m in tiny_graph.measurements(node=accuracy.dataset)] == [accuracy.id]


def test_stats_count_what_is_there(tiny_graph: KnowledgeGraph) -> None:
    stats = tiny_graph.stats()
    assert stats.nodes["Paper"] == 2
    assert stats.nodes["Author"] == 2
    assert stats.edges["author"] == 3
    assert stats.results == 2
    assert dict(stats.top["Hardware"])["GPU"] == 1


def test_networkx_view(tiny_graph: KnowledgeGraph) -> None:
    g = tiny_graph.to_networkx()
    assert g.number_of_edges() == sum(1 for _ in tiny_graph.edges())
    v, d = next((v, d) for _, v, _, d in g.edges(keys=True, data=True) if d["type"] == "runs_on")
    assert d["evidence"]
    assert g.nodes[v]["type"] == "Hardware"
    assert len({k for *_, k in g.edges(keys=True)}) == g.number_of_edges()


def test_a_role_fits_the_type_that_the_lexicon_knows(tmp_path: Path) -> None:
    """The paper calls pruning a task; the node is the method, which papers use and do not address."""
    line = make_findings("Pruning", "We study pruning.", ["Task addresses pruning = Pruning, pruning"]).to_json()
    (tmp_path / "one.jsonl").write_text(json.dumps(line), encoding="utf-8")
    with kg.build([tmp_path / "one.jsonl"]) as graph:
        assert [(e.type, e.target) for e in graph.edges(source="paper/pruning")] == [("uses", "method/pruning")]
