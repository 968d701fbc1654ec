"""Building: incremental, in any order, and complete after any interruption."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from makers import BERT, VIT, make_paper

import kg
from kg.errors import BrokenRecord, KgError, MissingFile, StoreError, StoreLocked, StoreVersion
from kg.findings import paper_to_json
from kg.graph import KnowledgeGraph
from kg.pipeline import Report, build, extract
from kg.store import FORMAT, Store
from kg.types import Findings, Link, Mention, Paper


class FirstWord:
    """An extractor that links a paper to the first word of its title; it notes what it was given."""

    name, version = "first-word", "1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
        for p in papers:
            self.seen.append(p.id)
            word = p.title.split()[0]
            if word == "Poison":
                raise RuntimeError("cannot read this one")
            yield Findings(p, (Link(word, "Method", "introduces", (Mention(word, 0, len(word)),)),))


def papers(n: int) -> list[dict[str, object]]:
    return [paper_to_json(make_paper(f"Alpha{i % 7} number {i} of many", f"Abstract {i}.")) for i in range(n)]


def dump(graph: KnowledgeGraph) -> str:
    """Everything a graph says, as text."""
    parts = [*graph.papers(), *graph.entities(), *graph.edges(), *graph.measurements(), *graph.merges()]
    return "\n".join(map(repr, parts))


def test_building_twice_extracts_nothing(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    path = write_lines(*papers(40))
    extractor = FirstWord()
    with build([path], tmp_path / "g.kg", extractor=extractor) as graph:
        first = dump(graph)
    report = Report()
    with build([path], tmp_path / "g.kg", extractor=extractor, report=report) as graph:
        assert dump(graph) == first
    assert len(extractor.seen) == 40
    assert (report.extracted, report.unchanged) == (0, 40)


def test_only_new_papers_are_extracted(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    extractor = FirstWord()
    build([write_lines(*papers(10))], tmp_path / "g.kg", extractor=extractor).close()
    with build([write_lines(*papers(13), name="more.jsonl")], tmp_path / "g.kg", extractor=extractor) as graph:
        assert graph.store.size == 13
    assert len(extractor.seen) == 13


def test_a_changed_abstract_is_read_again(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    extractor = FirstWord()
    records = papers(3)
    build([write_lines(*records)], tmp_path / "g.kg", extractor=extractor).close()
    records[1]["abstract"] = "A longer abstract than before, and quite another one."
    with build([write_lines(*records)], tmp_path / "g.kg", extractor=extractor) as graph:
        assert [p.abstract for p in graph.papers()][1].startswith("A longer")
    assert len(extractor.seen) == 4


@pytest.mark.parametrize("seed", range(4))
def test_order_and_steps_do_not_matter(write_lines: Callable[..., Path], tmp_path: Path, seed: int) -> None:
    records = [*papers(9), VIT.to_json(), BERT.to_json()]
    with build([write_lines(*records)], tmp_path / "once.kg", extractor=FirstWord()) as graph:
        once = dump(graph)
    random.Random(seed).shuffle(records)
    cut = random.Random(seed).randrange(1, len(records))
    for n, part in enumerate((records[:cut], records[cut:])):
        build([write_lines(*part, name=f"{n}/papers.jsonl")], tmp_path / "steps.kg", extractor=FirstWord()).close()
    with kg.load(tmp_path / "steps.kg") as graph:
        assert dump(graph) == once


def test_workers_give_the_same_graph(write_lines: Callable[..., Path], tmp_path: Path) -> None:
    path = write_lines(*papers(70))
    graphs = [build([path], tmp_path / f"{n}.kg", extractor="rules", workers=n) for n in (1, 2)]
    assert dump(graphs[0]) == dump(graphs[1])


def test_a_paper_that_breaks_the_extractor_is_reported(write_lines: Callable[..., Path]) -> None:
    records = [*papers(5), {"title": "Poison pill", "abstract": "Bad."}]
    report = Report()
    with build([write_lines(*records)], extractor=FirstWord(), report=report) as graph:
        assert graph.store.size == 5
    assert [str(e) for e in report.skipped] == [
        f"{report.skipped[0].where}: extraction failed for 'Poison pill': RuntimeError: cannot read this one"
        " (please report it)"
    ]
    with pytest.raises(KgError, match="cannot read this one"):
        build([write_lines(*records)], extractor=FirstWord(), strict=True)


def test_broken_records_are_skipped_or_fatal(write_lines: Callable[..., Path]) -> None:
    path = write_lines(papers(1)[0], "{not json", {"abstract": ""}, papers(2)[1])
    report = Report()
    with build([path], extractor=FirstWord(), report=report) as graph:
        assert graph.store.size == 2
    assert [e.line for e in report.skipped] == [2, 3]
    with pytest.raises(BrokenRecord, match=r"papers.jsonl:2"):
        build([path], extractor=FirstWord(), strict=True)


def test_extract_keeps_order_and_needs_no_store(write_lines: Callable[..., Path]) -> None:
    records = [papers(2)[1], VIT.to_json(), papers(1)[0]]
    found = list(extract([write_lines(*records)], extractor=FirstWord()))
    assert [f.paper.title for f in found] == ["Alpha1 number 1 of many", "ViT on FPGA", "Alpha0 number 0 of many"]
    assert found[1] == VIT


_BUILD = """
import sys, time
from test_pipeline import FirstWord
from kg.pipeline import build
class Slow(FirstWord):
    def extract(self, papers):
        for f in super().extract(papers):
            time.sleep(0.002)
            yield f
build([sys.argv[1]], sys.argv[2], extractor=Slow())
"""


@pytest.mark.parametrize("wait", [0.02, 0.15, 0.3, 0.45])
def test_killed_build_is_completed_by_the_next(write_lines: Callable[..., Path], tmp_path: Path, wait: float) -> None:
    path = write_lines(*papers(200))
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen([sys.executable, "-c", _BUILD, str(path), str(tmp_path / "g.kg")], env=env)
    until = time.monotonic() + 30
    while not (tmp_path / "g.kg" / "facts.sqlite").exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with (
        build([path], tmp_path / "g.kg", extractor=FirstWord()) as resumed,
        build([path], tmp_path / "undisturbed.kg", extractor=FirstWord()) as whole,
    ):
        assert dump(resumed) == dump(whole)


def test_a_second_writer_is_told_to_wait(tmp_path: Path, write_lines: Callable[..., Path]) -> None:
    with Store.open(tmp_path / "g.kg", write=True), pytest.raises(StoreLocked, match="wait"):
        build([write_lines(*papers(1))], tmp_path / "g.kg", extractor=FirstWord())


def test_readers_see_the_last_complete_graph_while_a_build_writes(
    tmp_path: Path, write_lines: Callable[..., Path]
) -> None:
    build([write_lines(*papers(5))], tmp_path / "g.kg", extractor=FirstWord()).close()

    class Looks(FirstWord):
        def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
            with kg.load(tmp_path / "g.kg") as graph:
                sizes.append((graph.store.size, sum(1 for _ in graph.edges())))
            yield from super().extract(papers)

    sizes: list[tuple[int, int]] = []
    with build([write_lines(*papers(80), name="more.jsonl")], tmp_path / "g.kg", extractor=Looks()) as graph:
        assert graph.store.size == 80
    assert sizes == [(5, 5)] * 3


def test_store_of_a_newer_version(tmp_path: Path) -> None:
    with Store.open(tmp_path / "g.kg", write=True) as store:
        store.note(format=str(FORMAT + 1))
    with pytest.raises(StoreVersion, match="update kg"):
        Store.open(tmp_path / "g.kg")


def test_not_a_store(tmp_path: Path, write_lines: Callable[..., Path]) -> None:
    with pytest.raises(MissingFile, match="kg build"):
        kg.load(tmp_path / "nothing.kg")
    (tmp_path / "file.kg").write_text("hello")
    with pytest.raises(StoreError, match="this is a file"):
        build([write_lines(*papers(1))], tmp_path / "file.kg", extractor=FirstWord())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("dear")
    with pytest.raises(StoreError, match="not empty"):
        build([write_lines(*papers(1))], tmp_path / "full", extractor=FirstWord())
    (tmp_path / "bad.kg").mkdir()
    (tmp_path / "bad.kg" / "facts.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="damaged"):
        kg.load(tmp_path / "bad.kg")


def test_interrupted_first_build_says_what_to_do(tmp_path: Path) -> None:
    Store.open(tmp_path / "g.kg", write=True).close()
    with pytest.raises(StoreError, match="run the same kg build again"):
        kg.load(tmp_path / "g.kg")


def test_a_full_disk_loses_nothing(tmp_path: Path, write_lines: Callable[..., Path]) -> None:
    build([write_lines(*papers(5))], tmp_path / "g.kg", extractor=FirstWord()).close()
    with kg.load(tmp_path / "g.kg") as graph:
        before = dump(graph)

    class Fills(FirstWord):
        """SQLite is told that the file may not grow: the error is the one of a full disk."""

        def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
            pages = store.db.execute("PRAGMA page_count").fetchone()[0]
            store.db.execute(f"PRAGMA max_page_count = {pages}")
            yield from super().extract(papers)

    from kg.errors import DiskFull
    from kg.pipeline import _add

    with Store.open(tmp_path / "g.kg", write=True) as store, pytest.raises(DiskFull, match="nothing is lost"):
        _add(store, [write_lines(*papers(300), name="more.jsonl")], Fills(), model=None, format=None, workers=1,
             strict=False, report=Report(), progress=lambda *_: None)  # fmt: skip
    with kg.load(tmp_path / "g.kg") as graph:
        assert dump(graph) == before


def test_min_confidence_and_metadata_change_need_no_extraction(
    write_lines: Callable[..., Path], tmp_path: Path
) -> None:
    record = json.loads(json.dumps(VIT.to_json()))
    record["entities"][0]["confidence"] = 0.3
    path = write_lines(record)
    with build([path], tmp_path / "g.kg") as graph:
        assert graph.find("ViTA")
    with build([path], tmp_path / "g.kg", min_confidence=0.5) as graph, pytest.raises(KgError, match="no thing named"):
        graph.find("ViTA")
    with build([path], tmp_path / "g.kg") as graph:
        assert graph.find("ViTA")
        assert graph.filtered(min_confidence=0.5).store is graph.store
