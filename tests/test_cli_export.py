"""`kg export`: formats by name and suffix, options for those that take them, errors in one line."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import kg.export
from kg.cli import cli
from kg.errors import DiskFull, KgError, UnknownFormat
from kg.export import EXPORTERS, FILES, export, format_for
from kg.graph import KnowledgeGraph


@pytest.fixture
def store(tiny_graph: KnowledgeGraph) -> str:
    return str(tiny_graph.path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["export", *arguments])


def test_every_format_has_a_file_name() -> None:
    assert set(FILES) == set(EXPORTERS)
    assert len(set(FILES.values())) == len(FILES)


@pytest.mark.parametrize("format", ["graphml", "gexf", "csv", "neo4j", "findings", "kgx", "orkg", "nt"])
def test_each_format_is_written_and_named(store: str, tmp_path: Path, format: str) -> None:
    out = tmp_path / FILES[format]
    found = run(store, "-f", format, "-o", str(out))
    assert (found.exit_code, found.stdout) == (0, ""), found.output
    assert f"wrote {out} ({format}, " in found.stderr
    assert out.exists()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "format"), [("a.graphml", "graphml"), ("a.GEXF", "gexf"), ("a.jsonl", "findings"), ("a.ttl", "turtle")]
)
def test_suffix_names_the_format(store: str, tmp_path: Path, name: str, format: str) -> None:
    found = run(store, "-o", str(tmp_path / name))
    assert found.exit_code == 0, found.output
    assert f"({format}, " in found.stderr


@pytest.mark.parametrize("arguments", [["-f", "findings"], ["-f", "findings", "-o", "-"]])
def test_standard_output_is_the_default(store: str, arguments: list[str]) -> None:
    found = run(store, *arguments)
    assert (found.exit_code, found.stderr) == (0, "")
    assert [json.loads(line)["paper"]["id"] for line in found.stdout.splitlines()] == ["bert-in-memory", "vit-on-fpga"]


def test_base_and_dialect_reach_the_exporter(store: str) -> None:
    found = run(store, "-f", "graphml", "--base", "https://example.org/", "--dialect", "yed")
    assert found.exit_code == 0
    assert "<y:NodeLabel>ViTA</y:NodeLabel>" in found.stdout
    assert "https://example.org/architecture/vita" in found.stdout
    assert "w3id.org/kg-papers" not in found.stdout


def test_min_confidence_reaches_the_graph(store: str) -> None:
    assert "hardware/" in run(store, "-f", "graphml").stdout
    found = run(store, "-f", "findings", "--min-confidence", "1.0")
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name a format (-f) or a file (-o)"),
        (["-f", "csv"], "csv is a folder of files: name it with -o FOLDER"),
        (["-f", "gexf", "--dialect", "yed"], "gexf takes no --dialect (it takes none)"),
        (["-f", "graphml", "--star"], "graphml takes no --star (it takes --dialect)"),
        (["-f", "jsonld", "--per-paper"], "this is a folder of files"),
        (["--all"], "--all needs a folder"),
        (["-f", "nt", "--min-confidence", "2"], "2.0 is not in the range"),
    ],
)
def test_wrong_usage_says_what_is_right(store: str, arguments: list[str], says: str) -> None:
    found = run(store, *arguments)
    assert found.exit_code == 2
    assert says in " ".join(found.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-f", "graphm"], "no exporter named 'graphm' (did you mean graphml?)"),
        (["-o", "a.xyz"], "a.xyz: no format has this suffix"),
        (["-f", "graphml", "--dialect", "yet"], "no dialect named 'yet' (did you mean yed?)"),
    ],
)
def test_errors_are_one_line(store: str, arguments: list[str], says: str) -> None:
    found = run(store, *arguments)
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith(f"kg: {says}")
    assert found.stderr.count("\n") == 1


def test_missing_store_is_one_line(tmp_path: Path) -> None:
    found = run(str(tmp_path / "no.kg"), "-f", "nt")
    assert found.exit_code == 1
    assert found.stderr.count("\n") == 1


def write_too_much(graph: KnowledgeGraph, path: Path) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_said_so(tiny_graph: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kg.export, "EXPORTERS", {"full": write_too_much})
    with pytest.raises(DiskFull, match="no space left"):
        export(tiny_graph, tmp_path / "g.nt", format="full")


def test_other_errors_of_the_system_pass(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Not a directory|exists") as raised:
        export(tiny_graph, tmp_path / "file" / "g.nt")
    assert raised.value.errno in (errno.ENOTDIR, errno.EEXIST)


def test_library_function_refuses_what_a_format_does_not_take(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    with pytest.raises(KgError, match="gexf takes no option 'dialekt'"):
        export(tiny_graph, tmp_path / "g.gexf", dialekt="yed")
    with pytest.raises(UnknownFormat, match="no format has this suffix"):
        format_for("graph")
