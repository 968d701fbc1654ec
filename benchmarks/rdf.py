"""RDF side by side with rdflib's own memory store and serialisers, on one generated graph.

    python benchmarks/rdf.py [TRIPLES] [--no-rdflib]

The graph has about TRIPLES (1,000,000) triples. rdflib needs some minutes and 2 GB for that many.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_up import write_findings

import kg
from kg.export import rdf

#: Triples that a generated paper comes to.
PER_PAPER = 720

QUERIES = {
    "hardware by papers": "SELECT ?h (COUNT(?p) AS ?n) WHERE { ?p kg:targets ?h . ?h a kg:Hardware }"
    " GROUP BY ?h ORDER BY DESC(?n) LIMIT 20",
    "datasets per year": "SELECT ?d ?y (COUNT(?p) AS ?n) WHERE { ?p kg:evaluatesOn ?d ; kg:year ?y }"
    " GROUP BY ?d ?y ORDER BY DESC(?n) LIMIT 20",
    "best results": "SELECT ?r ?v WHERE { ?r a kg:Result ; mls:hasValue ?v ; qudt:unit unit:PERCENT ; kg:onDataset ?d }"
    " ORDER BY DESC(?v) LIMIT 20",
    "co-used methods": "SELECT ?a ?b (COUNT(?p) AS ?n) WHERE { ?p kg:introduces ?x ; kg:uses ?a , ?b . ?a a kg:Method ."
    " ?b a kg:Method . FILTER(STR(?a) < STR(?b)) } GROUP BY ?a ?b ORDER BY DESC(?n) LIMIT 20",
    "words of a claim": "SELECT ?c ?q WHERE { ?c a kg:Claim ; rdf:predicate kg:runsOn . ?s oa:hasBody ?c ;"
    " oa:hasTarget/oa:hasSelector/oa:exact ?q } LIMIT 5000",
}


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = what()
    return time.perf_counter() - began, made


def row(name: str, ours: float, theirs: float | None = None, size: int | None = None) -> None:
    other = "" if theirs is None else f"{theirs:9.2f} s {theirs / ours:7.1f} x"
    print(f"{name:28}{ours:9.3f} s{'' if size is None else f'{size / 1e6:9.1f} MB'}{other}", flush=True)


def main(triples: int, with_rdflib: bool) -> None:
    folder = Path(tempfile.mkdtemp())
    source = write_findings(max(1, triples // PER_PAPER), folder / "papers.jsonl")
    seconds, graph = timed(lambda: kg.build([source], folder / "g.kg"))
    row(f"build {graph.store.size:,} papers", seconds)
    writers = {"nt": rdf.write_nt, "nq": rdf.write_nquads, "ttl": rdf.write_turtle, "trig": rdf.write_trig,
               "rdf": rdf.write_rdfxml, "jsonld": rdf.write_jsonld}  # fmt: skip
    ours = {}
    for name, write in writers.items():
        path = folder / f"g.{name}"
        ours[name] = min(timed(lambda write=write, path=path: write(graph, path))[0] for _ in range(2))
        row(f"write {name}", ours[name], size=path.stat().st_size)
    lines = sum(1 for _ in (folder / "g.nt").open("rb"))
    quads = sum(1 for _ in (folder / "g.nq").open("rb"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{lines:,} triples, {quads:,} quads, peak memory so far {peak:,.0f} MB")
    print(f"a million: nt {1e6 * ours['nt'] / lines:.2f} s, nq {1e6 * ours['nq'] / quads:.2f} s, "
          f"ttl {1e6 * ours['ttl'] / lines:.2f} s")  # fmt: skip
    import pyoxigraph as ox

    def load() -> ox.Store:
        store = ox.Store()
        store.bulk_load(path=str(folder / "g.nt"), format=ox.RdfFormat.N_TRIPLES)
        return store

    loading, store = timed(load)
    answers = {n: timed(lambda q=q: len(list(store.query(q, prefixes=dict(rdf.PREFIXES))))) for n, q in QUERIES.items()}
    if not with_rdflib:
        row("load nt", loading)
        for name, (seconds, _) in answers.items():
            row(name, seconds)
        return
    import rdflib

    theirs = rdflib.Graph()
    seconds, _ = timed(lambda: theirs.parse(folder / "g.nt", format="nt"))
    row("load nt", loading, seconds)
    for name, (own, count) in answers.items():
        seconds, found = timed(lambda name=name: len(list(theirs.query(QUERIES[name], initNs=dict(rdf.PREFIXES)))))
        assert found == count, (name, found, count)
        row(name, own, seconds)
    for name, format in (("nt", "nt"), ("ttl", "turtle"), ("rdf", "xml"), ("jsonld", "json-ld")):
        seconds, _ = timed(lambda format=format: theirs.serialize(folder / "theirs", format=format))
        row(f"write {name}", ours[name], seconds)


if __name__ == "__main__":
    numbers = [int(a.replace(",", "")) for a in sys.argv[1:] if a[0].isdigit()]
    main(numbers[0] if numbers else 1_000_000, "--no-rdflib" not in sys.argv)
