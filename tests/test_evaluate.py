"""Scores of findings on gold."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from makers import BERT, SHARED, VIT, make_findings, needs_shared

from kg.cli import cli
from kg.evaluate import calibration, evaluate, read_findings
from kg.types import Findings


def test_gold_against_itself_is_perfect() -> None:
    scores = evaluate([VIT, BERT], [BERT, VIT]).scores
    assert {k: s.f1 for k, s in scores.items()} == dict.fromkeys(scores, 1.0)


def test_nothing_found_scores_nothing() -> None:
    found = evaluate([VIT], [])
    assert found.working == 0
    assert found.rows[0].missed == ("ViTA", "ImageNet", "Alveo U280", "FPGA", "GPU")
    assert {s.f1 for s in found.scores.values()} == {0.0}


def test_each_figure_counts_its_own_mistake() -> None:
    wrong_role = replace(VIT, links=tuple(replace(x, role="mentions") for x in VIT.links))
    scores = evaluate([VIT], [wrong_role]).scores
    assert scores["entity"].f1 == 1.0
    assert scores["link"].f1 == 0.0
    wrong_type = replace(VIT, links=tuple(replace(x, type="Task") for x in VIT.links))
    assert evaluate([VIT], [wrong_type]).scores["mention"].right == 0
    wrong_number = replace(VIT, results=tuple(replace(r, value=1.5) for r in VIT.results))
    assert evaluate([VIT], [wrong_number]).scores["result"].right == 0


def test_units_are_compared_by_meaning() -> None:
    a = make_findings("T", "It is 2x.", results=[{"metric": "m", "value": 2, "unit": "x", "kind": "gain"}])
    b = make_findings("T", "It is 2x.", results=[{"metric": "m", "value": 2.0, "unit": "times", "kind": "gain"}])
    assert evaluate([a], [b]).scores["result+"].f1 == 1.0


def test_calibration_by_band() -> None:
    c = calibration([(0.9, True)] * 9 + [(0.9, False), (0.3, False)])
    assert c.error == pytest.approx(0.3 / 11, abs=1e-6)
    assert [(b.count, b.precision) for b in c.bands] == [(0, 0), (1, 0), (0, 0), (0, 0), (10, 0.9)]


def shared_scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_score", SHARED / "tools" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_shared("gold/hardware_dev.jsonl", "tools/score.py")
@pytest.mark.parametrize("name", ["hardware", "ml"])
def test_same_figures_as_the_reference_scorer(name: str) -> None:
    from kg.extract.rules import load_rules

    path = SHARED / "gold" / f"{name}_dev.jsonl"
    gold = list(read_findings(path))[:60]
    found = list(load_rules().extract(g.paper for g in gold))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()][:60]
    report, _ = shared_scorer().score(lines, [f.to_json() for f in found])
    mine = evaluate(gold, found).to_json()
    assert mine["scores"] == report["scores"]
    assert mine["rows"] == report["rows"]
    assert {t: s["f1"] for t, s in mine["mention_by_type"].items()} == {
        t: s["f1"] for t, s in report["mention_by_type"].items()
    }


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    def write(name: str, findings: list[Findings]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in findings), encoding="utf-8")
        return path

    return write("gold.jsonl", [VIT, BERT]), write("found.jsonl", [VIT])


def test_command_prints_scores_and_rows(files: tuple[Path, Path], tmp_path: Path) -> None:
    gold, found = files
    rows = tmp_path / "rows.tsv"
    done = CliRunner().invoke(cli, ["evaluate", str(gold), "--findings", str(found), "--rows", str(rows)])
    assert done.exit_code == 0, done.output
    assert "rows that work: 1 of 2" in done.output
    assert [line.split("\t")[1] for line in rows.read_text("utf-8").splitlines()] == ["works", "fails"]


def test_command_prints_json(files: tuple[Path, Path]) -> None:
    done = CliRunner().invoke(cli, ["evaluate", str(files[0]), "--findings", str(files[1]), "--json"])
    assert json.loads(done.output)["scores"]["entity"]["p"] == 1.0


def test_papers_without_annotations_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text('{"title": "A", "abstract": "b"}\n')
    done = CliRunner().invoke(cli, ["evaluate", str(path)])
    assert done.exit_code == 1
    assert "without annotations" in done.output
