"""exports/ is what `make demo` writes: the sample graph in every format, byte for byte."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.export import EXPORTERS, FILES, export

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "exports"

#: Made by hand from the explorer, for the README.
PICTURES = {"explorer.png"}


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports of the sample papers, written anew as `make demo` writes them."""
    folder = tmp_path_factory.mktemp("exports")
    with kg.build([ROOT / "kg" / "samples" / "papers"], folder / "demo.kg") as graph:
        for name in EXPORTERS:
            export(graph, folder / "exports" / FILES[name], format=name)
    return folder / "exports"


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - PICTURES


def said(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "findings.jsonl").read_text("utf-8").splitlines()
    return {record["paper"]["id"]: record for record in map(json.loads, lines)}


def links(record: dict[str, Any]) -> Iterator[tuple[str, str, str, int]]:
    for e in record["entities"]:
        yield from ((e["type"], e["role"], m["text"], m["start"]) for m in e["mentions"])


def test_extraction_of_the_samples_is_what_was_committed(rebuilt: Path) -> None:
    """Arithmetic differs a little between processors: a few names in a thousand may fall on the other side."""
    ours, theirs = said(rebuilt), said(COMMITTED)
    assert set(ours) == set(theirs)
    mine = {(p, *link) for p, record in ours.items() for link in links(record)}
    committed = {(p, *link) for p, record in theirs.items() for link in links(record)}
    assert len(mine ^ committed) <= 0.01 * len(mine | committed), "run make demo and commit exports/"


def test_every_export_is_fresh(rebuilt: Path) -> None:
    assert files(rebuilt) == files(COMMITTED), "run make demo and commit exports/"
    if said(rebuilt) != said(COMMITTED):
        pytest.skip("this processor rounds otherwise than the one that wrote exports/; extraction is compared above")
    stale = [f for f in sorted(files(rebuilt)) if not filecmp.cmp(rebuilt / f, COMMITTED / f, shallow=False)]
    assert not stale, "run make demo and commit exports/"


def test_exports_are_light() -> None:
    assert all(p.stat().st_size < 45 * 2**20 for p in COMMITTED.rglob("*") if p.is_file())
