"""`kg extract` as its users meet it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from makers import VIT

from kg.cli import cli


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["extract", *map(str, args)])


PAPER = {"title": "ZorbFormer: A Transformer", "abstract": "We propose ZorbFormer. It is tested on ImageNet."}


def test_writes_one_line_a_paper(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "f.jsonl"
    done = run(write_lines(PAPER, {**PAPER, "title": "Another"}), "-o", out, "--extractor", "rules")
    assert done.exit_code == 0, done.output
    records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [r["title"] for r in records] == ["ZorbFormer: A Transformer", "Another"]
    assert {e["name"] for e in records[0]["entities"]} >= {"ZorbFormer", "Transformer", "ImageNet"}


def test_what_it_writes_can_be_read_again(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    assert run(write_lines(PAPER), "-o", first, "--extractor", "rules").exit_code == 0
    assert run(first, "-o", second, "--extractor", "rules").exit_code == 0
    assert first.read_bytes() == second.read_bytes()


def test_min_confidence(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    def entities(*options: object) -> list[dict[str, Any]]:
        out = tmp_path / "f.jsonl"
        assert run(write_lines(PAPER), "-o", out, "--extractor", "rules", *options).exit_code == 0
        found: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))["entities"]
        return found

    assert len(entities()) > len(entities("--min-confidence", 0.7)) > 0
    assert entities("--min-confidence", 1) == []


def test_broken_records_are_listed_and_strict_stops(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    path, out = write_lines(PAPER, "{broken"), tmp_path / "f.jsonl"
    done = run(path, "-o", out, "--extractor", "rules")
    assert done.exit_code == 0
    assert "papers.jsonl:2" in done.output
    out.unlink()
    done = run(path, "-o", out, "--extractor", "rules", "--strict")
    assert done.exit_code == 1
    assert not out.exists()
    assert list(tmp_path.glob("*.part")) == []


def test_unknown_extractor_and_missing_file(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    done = run(write_lines(PAPER), "--extractor", "rule")
    assert done.exit_code == 1
    assert "did you mean rules?" in done.output
    assert run(tmp_path / "none.jsonl", "--extractor", "rules").exit_code == 1


def test_findings_pass_through(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "f.jsonl"
    assert run(write_lines(VIT), "-o", out, "--extractor", "rules").exit_code == 0
    assert json.loads(out.read_text("utf-8")) == VIT.to_json()


def test_spans_need_a_model(write_lines: Callable[..., Path]) -> None:
    assert run(write_lines(PAPER), "--format", "spans").exit_code == 2
