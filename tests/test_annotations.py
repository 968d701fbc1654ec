"""The annotations that the shipped model learned from: well formed, and without the texts of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kg.schema import RELATIONS, ROLES, TYPES

FOLDER = Path(__file__).parents[1] / "annotations"
TEXTS = Path(__file__).parents[2] / "shared" / "texts"
FILES = ("abstracts", "held_out")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_well_formed(name: str) -> None:
    for line in lines(name):
        names = [e[0] for e in line["entities"]]
        assert len(set(names)) == len(names) > 0, line["id"]
        for name_, type, role, places in line["entities"]:
            assert (type in TYPES, role in ROLES, len(name_) < 120) == (True, True, True), (line["id"], name_)
            assert places
            assert all(0 <= a < b for a, b in places), (line["id"], name_)
        for head, type, tail in line["relations"]:
            assert type in RELATIONS
            assert max(head, tail) < len(names), line["id"]
        for result in line["results"]:
            assert result["kind"] in ("absolute", "gain"), line["id"]
            assert isinstance(result["value"], int | float), line["id"]


def test_no_paper_stands_twice() -> None:
    ids = [line["id"] for name in FILES for line in lines(name)]
    assert len(set(ids)) == len(ids)


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the texts are not part of the project")
@pytest.mark.parametrize("name", FILES)
def test_they_fit_their_texts(name: str) -> None:
    from kg.train.examples import example
    from kg.train.standoff import attach_all

    records = attach_all(lines(name), sorted(TEXTS.glob("*.jsonl")))
    things = sum(len(example(r).things) for r in records)
    entities = sum(len(r["entities"]) for r in records)
    assert things > 0.97 * entities  # the rest stands inside words or longer names only
