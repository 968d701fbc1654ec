"""CSV, Neo4j, KGX, ORKG and findings: every row joins the graph, every quote is in its paper."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from makers import BERT, SHARED, VIT, needs_shared

import kg
from kg.errors import KgError
from kg.export.tables import write_csv, write_findings, write_kgx, write_neo4j, write_orkg
from kg.findings import findings_from_json
from kg.graph import KnowledgeGraph
from kg.read import read_path
from kg.types import Findings


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t" if path.suffix == ".tsv" else ","))


# CSV


@pytest.fixture(scope="module")
def tables(tiny_graph: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    folder = tmp_path_factory.mktemp("tables")
    write_csv(tiny_graph, folder / "csv")
    assert [p.name for p in folder.iterdir()] == ["csv"]
    return {p.stem: rows(p) for p in (folder / "csv").iterdir()}


def test_csv_holds_the_graph(tiny_graph: KnowledgeGraph, tables: dict[str, list[dict[str, str]]]) -> None:
    assert set(tables) == {"nodes", "edges", "claims", "results", "papers"}
    ours = tiny_graph.to_networkx()
    assert [r["id"] for r in tables["nodes"]] == list(ours)
    assert {r["id"] for r in tables["edges"]} == {k for *_, k in ours.edges(keys=True)}
    assert len(tables["results"]) == 2
    assert len(tables["papers"]) == 2
    for name in ("nodes", "edges", "results", "papers"):
        for row in tables[name]:
            assert row["iri"] == tiny_graph.iri(row.get("node") or row["id"])


def test_csv_evidence_can_be_checked_against_the_papers(tables: dict[str, list[dict[str, str]]]) -> None:
    text = {r["id"]: f"{r['title']}\n{r['abstract']}" for r in tables["papers"]}
    edges = {r["id"]: r for r in tables["edges"]}
    assert {r["edge"] for r in tables["claims"] if r["quote"]} >= {
        e["id"] for e in edges.values() if e["type"] not in ("author", "venue", "broader")
    }
    for row in [*tables["claims"], *tables["results"]]:
        if row["quote"]:
            assert text[row["paper"]][int(row["start"]) : int(row["end"])] == row["quote"]
    for row in tables["claims"]:
        assert (row["source"], row["type"], row["target"]) == tuple(
            edges[row["edge"]][c] for c in ("source", "type", "target")
        )


def test_csv_results_have_names_and_nodes(tables: dict[str, list[dict[str, str]]]) -> None:
    [speedup] = [r for r in tables["results"] if r["metric"] == "speedup"]
    assert (speedup["subject"], speedup["value"], speedup["unit"], speedup["baseline"]) == ("ViTA", "2.0", "x", "GPU")
    assert (speedup["hardware_id"], speedup["dataset_id"]) == ("hardware/alveo-u280", "")


def test_csv_refuses_to_replace_a_file(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("mine")
    with pytest.raises(KgError, match="name a folder"):
        write_csv(tiny_graph, tmp_path / "g.csv")
    assert (tmp_path / "g.csv").read_text() == "mine"


def test_csv_leaves_other_files_of_the_folder_alone(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_csv(tiny_graph, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 6


# Neo4j: the rules of neo4j-admin's importer


def test_neo4j_headers_and_references(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    write_neo4j(tiny_graph, tmp_path / "neo4j")
    nodes = rows(tmp_path / "neo4j" / "nodes.csv") + rows(tmp_path / "neo4j" / "results.csv")
    relationships = rows(tmp_path / "neo4j" / "relationships.csv")
    ids = [n["id:ID"] for n in nodes]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    assert {n[":LABEL"] for n in nodes} >= {"Paper", "Hardware|Entity", "Result", "Author|Entity"}
    for r in relationships:
        assert {r[":START_ID"], r[":END_ID"]} <= set(ids)
        assert re.fullmatch(r"[A-Z_]+", r[":TYPE"])
    assert len({r["id"] for r in relationships}) == len(relationships)
    assert {"REPORTS", "SUBJECT", "BASELINE", "RUNS_ON"} <= {r[":TYPE"] for r in relationships}
    for name in ("nodes", "results", "relationships"):
        path = tmp_path / "neo4j" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader(lines))
        assert len({h.split(":")[0] for h in header if not h.startswith(":")}) == len(
            [h for h in header if not h.startswith(":")]
        )
        for column in header:
            assert re.fullmatch(r"\w*(:(ID|LABEL|START_ID|END_ID|TYPE|int|double|string\[\]))?", column), column
        # The importer reads one line a record unless told otherwise.
        assert len(path.read_text(encoding="utf-8").splitlines()) == len(rows(path)) + 1
    assert (tmp_path / "neo4j" / "import.sh").stat().st_mode & 0o100


# KGX and ORKG


def test_kgx_has_what_the_format_requires(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    write_kgx(tiny_graph, tmp_path / "kgx")
    nodes, edges = rows(tmp_path / "kgx" / "nodes.tsv"), rows(tmp_path / "kgx" / "edges.tsv")
    ids = {n["id"] for n in nodes}
    assert all(n["category"].startswith("biolink:") for n in nodes)
    for e in edges:
        assert {e["subject"], e["object"]} <= ids
        assert e["predicate"].startswith("biolink:")
        assert e["knowledge_level"] in ("not_provided", "knowledge_assertion")
        assert e["agent_type"] in ("text_mining_agent", "manual_agent")
        assert bool(e["supporting_text"]) == (e["agent_type"] == "text_mining_agent")


def test_orkg_has_one_row_a_paper(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    write_orkg(tiny_graph, tmp_path / "orkg.csv")
    with (tmp_path / "orkg.csv").open(encoding="utf-8", newline="") as lines:
        header, *papers = csv.reader(lines)
    assert header[0] == "paper:title"
    assert header.count("resource:Hardware") == 2
    assert all(len(p) == len(header) for p in papers)
    vit = dict(zip(header, papers[1], strict=True))
    assert (vit["paper:authors"], vit["paper:publication_month"]) == ("Ada Lovelace; Alan Turing", "3")
    assert vit["resource:Dataset"] == "ImageNet"


# Findings


def test_findings_come_back_as_they_went(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    write_findings(tiny_graph, tmp_path / "f.jsonl")
    again = list(read_path(tmp_path / "f.jsonl"))
    assert again == list(tiny_graph.findings())
    assert {f.paper.id for f in again if isinstance(f, Findings)} == {VIT.paper.id, BERT.paper.id}


def test_findings_name_the_node_and_its_wider_ones(tiny_graph: KnowledgeGraph, tmp_path: Path) -> None:
    write_findings(tiny_graph, tmp_path / "f.jsonl")
    iris = {tiny_graph.iri(e.id) for e in tiny_graph.entities()}
    for line in (tmp_path / "f.jsonl").open(encoding="utf-8"):
        for entity in json.loads(line)["entities"]:
            assert entity["iri"] in iris
            assert set(entity["broader"]) <= {tiny_graph.iri(e.id) for e in tiny_graph.entities()}


def test_findings_leave_out_what_is_too_uncertain(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    record = VIT.to_json()
    for entity in record["entities"]:
        entity["confidence"] = 0.3 if entity["name"] in ("GPU", "ImageNet") else 0.9
    graph = kg.build([write_lines(record)]).filtered(min_confidence=0.5)
    write_findings(graph, tmp_path / "f.jsonl")
    [kept] = read_path(tmp_path / "f.jsonl")
    assert isinstance(kept, Findings)
    assert {link.name for link in kept.links}.isdisjoint({"GPU", "ImageNet"})
    assert {r.type for r in kept.relations} == {"variant_of", "runs_on"}
    assert [(r.metric, r.dataset, r.baseline) for r in kept.results] == [
        ("accuracy", None, None), ("speedup", None, None)]  # fmt: skip


@needs_shared("gold/seeds_dev.jsonl", "tools/resolution.py")
def test_the_scorer_of_resolution_reads_findings(tmp_path: Path) -> None:
    lines = (SHARED / "gold" / "seeds_dev.jsonl").read_text(encoding="utf-8").splitlines()[:60]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines), encoding="utf-8")
    graph = kg.build([tmp_path / "gold.jsonl"])
    write_findings(graph, tmp_path / "f.jsonl")
    for line in (tmp_path / "f.jsonl").open(encoding="utf-8"):
        findings_from_json(json.loads(line))
    tool = SHARED / "tools" / "resolution.py"
    pairs = SHARED / "gold" / "resolution_dev.jsonl"
    command = [sys.executable, str(tool), str(tmp_path / "f.jsonl"), "--pairs", str(pairs), "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert report["pairs"]["n"] > 0
