"""The lexicon is well formed: sorted, no alias under two names without a note, no cycles, every parent there."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from kg.schema import COLUMNS, TYPES, Entry, home, lexicon, read_lexicon
from kg.types import key

FILES = sorted((home() / "lexicon").glob("*.tsv"))
ENTRIES = lexicon().entries
BY_NAME = {(e.type, e.name): e for e in ENTRIES}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def parents(e: Entry) -> list[tuple[str, str]]:
    return [tuple(b.split(":", 1)) if b.split(":")[0] in TYPES else (e.type, b) for b in e.broader]  # type: ignore[misc]


def entry(type: str, name: str) -> Entry:
    return BY_NAME[type, name]


def above(e: Entry) -> set[str]:
    seen: set[tuple[str, str]] = set()
    todo = parents(e)
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += parents(BY_NAME[at])
    return {name for _, name in seen}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_file_holds_its_type_sorted_and_whole(path: Path) -> None:
    lines = rows(path)
    assert list(lines[0]) == list(COLUMNS)
    assert {r["type"].lower() for r in lines} == {path.stem}
    names = [(key(r["name"]), r["name"]) for r in lines]
    assert names == sorted(names)
    assert len({r["name"] for r in lines}) == len(lines)
    for r in lines:
        assert r["name"].strip() == r["name"] != ""
        assert r["source"], r["name"]
        assert all(a and a == a.strip() for a in r["aliases"].split("|")) or not r["aliases"], r["name"]
        assert all("=" in part for cell in ("ids", "facts") for part in r[cell].split("|") if part), r["name"]


def test_it_is_large_enough() -> None:
    assert len(ENTRIES) >= 8000
    assert Counter(e.type for e in ENTRIES)["Hardware"] >= 700


def test_hardware_has_class_vendor_and_generation() -> None:
    models = [e for e in ENTRIES if e.type == "Hardware" and {"class", "vendor", "generation"} <= set(e.facts)]
    assert len(models) >= 700
    assert all(e.facts.get("class") for e in ENTRIES if e.type == "Hardware")


def test_no_alias_stands_under_two_names_of_a_type() -> None:
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    cased = {e.name for e in ENTRIES if e.note}
    for e in ENTRIES:
        for form in (e.name, *e.aliases):
            users[e.type, key(form)].add(e.name)
    twice = {at: names for at, names in users.items() if len(names) > 1 and not names & cased}
    assert not twice


def test_every_parent_is_there() -> None:
    missing = [(e.name, at) for e in ENTRIES for at in parents(e) if at not in BY_NAME]
    assert not missing


def test_there_is_no_cycle() -> None:
    done: set[tuple[str, str]] = set()

    def visit(at: tuple[str, str], path: tuple[tuple[str, str], ...]) -> None:
        assert at not in path, path
        if at not in done:
            for up in parents(BY_NAME[at]):
                visit(up, (*path, at))
            done.add(at)

    for at in BY_NAME:
        visit(at, ())


def test_sources_are_explained() -> None:
    readme = (home() / "lexicon" / "README.md").read_text("utf-8")
    assert not {e.source for e in ENTRIES if f"| {e.source} |" not in readme}


@pytest.mark.parametrize(
    ("type", "name", "wider"),
    [
        ("Hardware", "Alveo U280", "FPGA"),
        ("Hardware", "NVIDIA A100", "NVIDIA Ampere GPU"),
        ("Hardware", "NVIDIA A100", "GPU"),
        ("Hardware", "HBM-PIM", "Processing-in-Memory"),
        ("Architecture", "Swin Transformer", "Vision Transformer"),
        ("Architecture", "Swin Transformer", "Transformer"),
        ("Architecture", "LLaMA-2-7B", "Large Language Model"),
        ("Metric", "mIoU", "IoU"),
        ("Dataset", "ImageNet-1K", "ImageNet"),
        ("Method", "GPTQ", "post-training quantization"),
    ],
)
def test_things_stand_under_wider_ones(type: str, name: str, wider: str) -> None:
    assert wider in above(entry(type, name))


def test_outside_ids_look_like_ids() -> None:
    for e in ENTRIES:
        for kind, value in e.ids.items():
            assert kind in ("wikidata", "arxiv", "doi", "cso"), e.name
            assert kind != "wikidata" or (value[0] == "Q" and value[1:].isdigit()), e.name
            assert kind != "arxiv" or value.replace(".", "").isdigit(), e.name
    used = Counter((k, v) for e in ENTRIES for k, v in e.ids.items())
    assert not [at for at, n in used.items() if n > 1]


def test_counting_what_abstracts_name(tmp_path: Path) -> None:
    """`schema/count.py` writes `seen` from 5 papers on, and nothing else."""
    spec = importlib.util.spec_from_file_location("count", home() / "count.py")
    assert spec
    assert spec.loader
    count = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(count)
    papers = tmp_path / "papers.jsonl"
    texts = ["ResNet runs on an FPGA."] * 4 + ["We use an FPGA."] * 2
    papers.write_text("".join(json.dumps({"title": f"No {n}", "abstract": t}) + "\n" for n, t in enumerate(texts)))
    copy = tmp_path / "lexicon"
    shutil.copytree(home() / "lexicon", copy)
    count.write(copy, count.count([papers]))
    counted = read_lexicon(copy)
    assert {e.name: e.facts["seen"] for e in counted if "seen" in e.facts} == {"FPGA": "6"}
    plain = [
        replace(e, facts={k: v for k, v in e.facts.items() if k != "seen"})
        for e in (*counted, *read_lexicon(home() / "lexicon"))
    ]
    assert plain[: len(counted)] == plain[len(counted) :]
    assert int(entry("Architecture", "self-attention").facts["seen"]) > 100
