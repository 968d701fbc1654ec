"""Many clients at once on `kg serve`: the named questions, mixed, for a while.

    python benchmarks/serve.py [STORE.kg] [--clients 50] [--seconds 60] [--things 12] [--pause 0.5]

Each question is asked of THINGS drawn among the most named ones, by clients that read for PAUSE seconds on
average. Without a store a graph of 500 generated papers is served. Prints errors, throughput, latencies and
the memory of the server with its workers, at the start and at the end. The clients run on the same machine
and need more processor time than the server.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from made_up import write_findings

import kg
from kg.facts import paper_node
from kg.graph import KnowledgeGraph
from kg.query.questions import Parameter, bind, questions


def memory(pid: int) -> float:
    """Give the memory of a process and its children in MB."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return sum(rss for own, parent, rss in rows if pid in (own, parent)) / 1024


def draw(
    graph: KnowledgeGraph, parameters: tuple[Parameter, ...], things: int, dice: random.Random
) -> dict[str, str] | None:
    """Draw a value for each parameter that must be given; None where the graph has nothing of a kind."""
    top = graph.stats(top=things).top
    chosen: dict[str, str] = {}
    for p in parameters:
        if p.type in ("Number", "Type") or not p.required:
            continue
        if p.type == "Integer":
            names = [str(year) for year in range(2015, 2024)]
        elif p.type == "Paper":
            names = [paper_node(paper.id) for paper in graph.papers()]
        elif p.type == "Author":
            names = [author.id for author in graph.entities("Author")]
        else:
            names = [n for t in p.accepts for n, _ in top.get(t, ()) if n not in chosen.values()]
        if not names:
            return None
        chosen[p.name] = dice.choice(names)
    return chosen


def ask_all(graph: KnowledgeGraph, things: int) -> list[str]:
    """Write each named question about several things as SPARQL."""
    dice = random.Random(0)
    drawn = [(q, draw(graph, q.parameters, things, dice)) for q in questions().values() for _ in range(things)]
    return sorted({bind(graph, q, given) for q, given in drawn if given is not None})


async def client(
    web: httpx.AsyncClient,
    url: str,
    texts: list[str],
    until: float,
    pause: float,
    dice: random.Random,
    taken: list[float],
) -> int:
    errors = 0
    while time.monotonic() < until:
        await asyncio.sleep(dice.uniform(0, 2 * pause))  # a person reads before asking again
        began = time.perf_counter()
        try:
            response = await web.post(f"{url}/sparql", data={"query": dice.choice(texts)})
            errors += response.status_code != 200
        except httpx.HTTPError:
            errors += 1
        taken.append(time.perf_counter() - began)
    return errors


async def load(url: str, texts: list[str], clients: int, seconds: float, pause: float) -> tuple[int, list[float]]:
    taken: list[float] = []
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=clients)) as web:
        errors = await asyncio.gather(
            *(client(web, url, texts, until, pause, random.Random(n), taken) for n in range(clients))
        )
    return sum(errors), taken


def main(store: Path | None, clients: int, seconds: float, things: int, pause: float) -> None:
    if store is None:
        folder = Path(tempfile.mkdtemp())
        kg.build([write_findings(500, folder / "papers.jsonl")], folder / "g.kg").close()
        store = folder / "g.kg"
    with kg.load(store) as graph:
        texts = ask_all(graph, things)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, "-m", "kg", "serve", str(store), "--port", str(port)])
    try:
        while True:
            try:
                httpx.get(f"{url}/sparql?query=ASK%20%7B%7D", timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        cold: list[float] = []
        for text in texts:
            began = time.perf_counter()
            httpx.post(f"{url}/sparql", data={"query": text}, timeout=60).raise_for_status()
            cold.append(1e3 * (time.perf_counter() - began))
        median, worst = statistics.median(cold), max(cold)
        print(f"{len(texts)} queries; one client, first time: median {median:.1f} ms, worst {worst:.1f} ms")
        before = memory(server.pid)
        errors, taken = asyncio.run(load(url, texts, clients, seconds, pause))
        ms = sorted(1e3 * t for t in taken)
        p50, p95, p99 = (ms[int(len(ms) * p)] for p in (0.5, 0.95, 0.99))
        print(f"{clients} clients, {seconds:g} s: {len(ms):,} requests, {len(ms) / seconds:.0f}/s, {errors} errors")
        print(f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, worst {ms[-1]:.1f} ms")
        print(f"memory {before:.0f} MB before, {memory(server.pid):.0f} MB after")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("store", nargs="?", type=Path)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--things", type=int, default=12)
    parser.add_argument("--pause", type=float, default=0.5)
    given = parser.parse_args()
    main(given.store, given.clients, given.seconds, given.things, given.pause)
