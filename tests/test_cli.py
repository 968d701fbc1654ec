"""The command line as its users meet it: answers on stdout, one clear line on errors, right exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from makers import BERT, VIT

from kg.cli import COMMANDS, cli
from kg.graph import KnowledgeGraph
from kg.store import Store


def run(*args: str | Path, input: str | None = None) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in args], input=input)


def fails(*args: str | Path, code: int = 1) -> str:
    """Run a command that must fail; give its one line."""
    result = run(*args)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr.strip()


@pytest.fixture
def store(tiny_graph: KnowledgeGraph) -> Path:
    assert tiny_graph.path is not None
    return tiny_graph.path


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert COMMANDS[name].help
    undocumented = [
        p.name for p in COMMANDS[name].params if p.param_type_name == "option" and not getattr(p, "help", "")
    ]
    assert not undocumented


def test_build_says_what_it_did(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    result = run("build", write_lines(VIT, BERT), "-o", tmp_path / "g.kg")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("2 papers (2 new, 0 unchanged, 0 repeats)")
    again = run("build", tmp_path / "papers.jsonl", "-o", tmp_path / "g.kg")
    assert "2 unchanged" in again.stdout


def test_stats_and_show(store: Path) -> None:
    stats = run("stats", store).stdout
    assert "2  Paper" in stats
    assert "top hardware" in stats
    assert json.loads(run("stats", store, "--json").stdout)["nodes"]["Paper"] == 2
    shown = run("show", store, "Alveo U280").stdout
    assert "targets it" in shown
    assert "“It runs on the Alveo U280.”" in shown
    assert "vit-on-fpga" in shown
    paper = run("show", store, "ViT on FPGA").stdout
    assert "Ada Lovelace, Alan Turing" in paper
    assert "accuracy: 79.2% (absolute) ViTA on ImageNet" in paper


def test_verify_accepts_what_fits_and_finds_what_does_not(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    run("build", write_lines(VIT, BERT), "-o", tmp_path / "g.kg")
    assert run("verify", tmp_path / "g.kg").exit_code == 0
    with Store.open(tmp_path / "g.kg", write=True) as s, s.transaction() as db:
        db.execute("UPDATE claim SET words = replace(words, 'Alveo', 'Alvea')")
    result = run("verify", tmp_path / "g.kg")
    assert result.exit_code == 1
    assert "Alvea" in result.stderr


@pytest.mark.parametrize("command", ["stats", "verify"])
def test_no_store(command: str, tmp_path: Path) -> None:
    assert "no kg store here" in fails(command, tmp_path / "none.kg")


def test_unknown_name_offers_the_nearest(store: Path) -> None:
    assert "did you mean Vision Transformer" in fails("show", store, "Vison Transfomer")


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    assert "no such file" in fails("build", tmp_path / "none.bib", "-o", tmp_path / "g.kg")
    strange = tmp_path / "strange.xyz"
    strange.write_bytes(b"\x00\x01\x02")
    line = fails("build", strange, "-o", tmp_path / "g.kg")
    assert "strange.xyz" in line
    assert len(line.splitlines()) == 1


def test_unreadable_encoding(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b'{"title": "\xff\xfe\xfa"}\n')
    line = fails("build", bad, "-o", tmp_path / "g.kg")
    assert "bad.jsonl" in line


def test_broken_line_is_listed_with_its_number(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    path = write_lines(VIT, "{broken", BERT)
    result = run("build", path, "-o", tmp_path / "g.kg")
    assert result.exit_code == 0
    assert "skipped 1 broken records" in result.stderr
    assert "papers.jsonl:2" in result.stderr
    assert "papers.jsonl:2" in fails("build", path, "-o", tmp_path / "h.kg", "--strict")


def test_wrong_usage_ends_with_2(store: Path) -> None:
    assert run("build").exit_code == 2
    assert run("stats", store, "--nonsense").exit_code == 2
    assert "did you mean stats" in run("stat", store).stderr


def test_newer_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "g.kg", write=True) as s:
        s.note(format="999")
    assert "update kg" in fails("stats", tmp_path / "g.kg")


def test_help_is_quick_and_the_module_runs() -> None:
    out = subprocess.run([sys.executable, "-m", "kg", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("kg, version")


def test_output_into_a_closed_pipe(store: Path) -> None:
    code = f"{sys.executable} -m kg show '{store}' FPGA --all | head -c 5"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
