"""The named questions side by side with rdflib's own memory store, on one generated graph.

    python benchmarks/query.py [TRIPLES] [--no-rdflib]

The graph has about TRIPLES (1,000,000) triples. A question that rdflib has not answered after a minute counts
as a minute.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_up import write_findings

import kg
from kg.export import rdf
from kg.facts import paper_node
from kg.graph import KnowledgeGraph
from kg.query.questions import Parameter, bind, questions
from kg.query.sparql import run

#: Triples that a generated paper comes to.
PER_PAPER = 720

#: Seconds after which rdflib is stopped.
PATIENCE = 60.0


def values(graph: KnowledgeGraph, parameters: tuple[Parameter, ...]) -> dict[str, str] | None:
    """Choose the things that most papers name; None where the graph has nothing of a kind."""
    top = graph.stats(top=3).top
    chosen: dict[str, str] = {}
    for p in parameters:
        if p.type in ("Number", "Type") or not p.required:
            continue
        if p.type == "Integer":
            chosen[p.name] = "2015"
        elif p.type == "Paper":
            chosen[p.name] = paper_node(next(iter(graph.papers())).id)
        elif p.type == "Author":
            author = next(iter(graph.entities("Author")), None)
            if author is None:
                return None
            chosen[p.name] = author.id
        else:
            names = [n for t in p.accepts for n, _ in top.get(t, ()) if n not in chosen.values()]
            if not names:
                return None
            chosen[p.name] = names[0]
    return chosen


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = what()
    return time.perf_counter() - began, made


def patient(graph: Any, text: str) -> tuple[float, int | None]:
    """Ask rdflib in a fork of this process, which is stopped when it takes too long."""
    here, there = multiprocessing.get_context("fork").Pipe(False)

    def work() -> None:
        there.send(timed(lambda: len(list(graph.query(text)))))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    if here.poll(PATIENCE):
        found: tuple[float, int] = here.recv()
        process.join()
        return found
    process.kill()
    process.join()
    return PATIENCE, None


def main(triples: int, with_rdflib: bool) -> None:
    folder = Path(tempfile.mkdtemp())
    graph = kg.build([write_findings(max(1, triples // PER_PAPER), folder / "papers.jsonl")], folder / "g.kg")
    rdf.write_nt(graph, folder / "g.nt")
    import pyoxigraph as ox

    store = ox.Store()
    loading, _ = timed(lambda: store.bulk_load(path=str(folder / "g.nt"), format=ox.RdfFormat.N_TRIPLES))
    disk, _ = timed(lambda: graph.query("ASK {}"))
    print(f"{len(store):,} triples, {graph.store.size:,} papers; loaded in {loading:.2f} s, on disk in {disk:.2f} s")
    theirs: Any = None
    if with_rdflib:
        import rdflib

        theirs = rdflib.Graph()
        slow, _ = timed(lambda: theirs.parse(folder / "g.nt", format="nt"))
        print(f"rdflib: loaded in {slow:.2f} s, {slow / loading:.1f} x")
    sums = [0.0, 0.0, 0.0]
    print(f"{'question':26}{'rows':>7}{'memory ms':>11}{'disk ms':>9}{'rdflib ms':>11}{'x':>8}")
    for q in questions().values():
        given = values(graph, q.parameters)
        if given is None:
            continue
        text = bind(graph, q, given)
        memory, answer = min((timed(lambda text=text: run(store, text, base=graph.base)) for _ in range(3)), key=first)
        on_disk = min(timed(lambda text=text: graph.query(text))[0] for _ in range(3))
        slow, count = patient(theirs, text) if with_rdflib else (0.0, None)
        same = "" if count is None or count == len(answer) else f"  rdflib found {count}"
        sums = [a + b for a, b in zip(sums, (memory, on_disk, slow), strict=True)]
        stopped = ">" if with_rdflib and count is None else " "
        print(f"{q.name:26}{len(answer):>7}{1e3 * memory:>11.1f}{1e3 * on_disk:>9.1f}{stopped}{1e3 * slow:>10.1f}"
              f"{slow / memory:>8.1f}{same}", flush=True)  # fmt: skip
    print(f"{'sum':33}{1e3 * sums[0]:>11.1f}{1e3 * sums[1]:>9.1f}{1e3 * sums[2]:>11.1f}{sums[2] / sums[0]:>8.1f}")


def first(pair: tuple[float, Any]) -> float:
    return pair[0]


if __name__ == "__main__":
    numbers = [int(a.replace(",", "")) for a in sys.argv[1:] if a[0].isdigit()]
    main(numbers[0] if numbers else 1_000_000, "--no-rdflib" not in sys.argv)
