"""`kg merges` and `kg why` say what was merged and why, and corrections undo it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from makers import make_findings

import kg
from kg.cli import cli
from kg.errors import UnknownName
from kg.graph import KnowledgeGraph
from kg.query.why import why

PAPERS = (
    make_findings(
        "One", "ViTs on an A100 GPU.", ["Architecture uses ViTs", "Hardware targets A100 = A100 GPU"], id="one"
    ),
    make_findings(
        "Two",
        "A Swin Transformer and a vision transformer.",
        ["Architecture uses Swin Transformer", "Architecture uses vit = vision transformer"],
        id="two",
    ),
)


def build(folder: Path) -> KnowledgeGraph:
    papers = folder / "papers.jsonl"
    papers.write_text("".join(json.dumps(f.to_json()) + "\n" for f in PAPERS), encoding="utf-8")
    return kg.build([papers], folder / "my.kg")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return build(tmp_path_factory.mktemp("merges"))


def said(graph: KnowledgeGraph, a: str, b: str) -> str:
    return "\n".join(reason.text for reason in why(graph, a, b))


def test_why_two_names_are_one(graph: KnowledgeGraph) -> None:
    text = said(graph, "ViTs", "vision transformer")
    assert "are one thing: Vision Transformer" in text
    assert "ViTs: lexicon alias" in text


def test_why_two_names_are_two(graph: KnowledgeGraph) -> None:
    text = said(graph, "Swin Transformer", "ViTs")
    assert "are two things" in text
    assert "Swin Transformer is a kind of Vision Transformer" in text
    assert "1 paper name both: two" in text.replace("papers", "paper")


def test_why_an_unknown_name(graph: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName):
        why(graph, "Zorgnet", "ViTs")


def test_the_commands(tmp_path: Path) -> None:
    build(tmp_path)
    run = CliRunner().invoke
    store = str(tmp_path / "my.kg")
    all_merges = run(cli, ["merges", store])
    assert all_merges.exit_code == 0
    assert "A100 GPU  <- " in all_merges.output
    one = run(cli, ["merges", store, "Vision Transformer", "--json"])
    assert {json.loads(line)["form"] for line in one.output.splitlines()} == {"ViTs", "vision transformer"}
    assert "are one thing" in run(cli, ["why", store, "ViTs", "vision transformer"]).output
    wrong = run(cli, ["why", store, "Zorgnet", "ViTs"])
    assert wrong.exit_code == 1
    assert "no entity named 'Zorgnet'" in wrong.output + (wrong.stderr or "")


def test_one_line_undoes_a_merge(tmp_path: Path) -> None:
    assert "are one thing" in said(build(tmp_path), "ViTs", "vision transformer")
    (tmp_path / "my.kg" / "corrections.yaml").write_text("- split: ViTs\n", encoding="utf-8")
    graph = build(tmp_path)
    assert said(graph, "ViTs", "vision transformer").startswith("ViT")
    assert "are two things" in said(graph, "ViTs", "vision transformer")
    (tmp_path / "my.kg" / "corrections.yaml").unlink()
    assert "are one thing" in said(build(tmp_path), "ViTs", "vision transformer")
