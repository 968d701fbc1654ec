"""Many clients at once on `kg serve`: the named questions, mixed, for a while.

    python benchmarks/serve.py [STORE.kg] [--clients 50] [--seconds 60]

Without a store a graph of 500 generated papers is served. Prints errors, throughput, latencies and the
memory of the server with its workers, at the start and at the end.
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
from query import values

import kg
from kg.query.questions import bind, questions


def memory(pid: int) -> float:
    """Give the memory of a process and its children in MB."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return sum(rss for own, parent, rss in rows if pid in (own, parent)) / 1024


async def client(
    web: httpx.AsyncClient, url: str, texts: list[str], until: float, dice: random.Random, taken: list[float]
) -> int:
    errors = 0
    while time.monotonic() < until:
        await asyncio.sleep(dice.uniform(0, 1))  # a person reads before asking again
        began = time.perf_counter()
        try:
            response = await web.post(f"{url}/sparql", data={"query": dice.choice(texts)})
            errors += response.status_code != 200
        except httpx.HTTPError:
            errors += 1
        taken.append(time.perf_counter() - began)
    return errors


async def load(url: str, texts: list[str], clients: int, seconds: float) -> tuple[int, list[float]]:
    taken: list[float] = []
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=clients)) as web:
        errors = await asyncio.gather(
            *(client(web, url, texts, until, random.Random(n), taken) for n in range(clients))
        )
    return sum(errors), taken


def main(store: Path | None, clients: int, seconds: float) -> None:
    if store is None:
        folder = Path(tempfile.mkdtemp())
        kg.build([write_findings(500, folder / "papers.jsonl")], folder / "g.kg").close()
        store = folder / "g.kg"
    with kg.load(store) as graph:
        chosen = [(q, values(graph, q.parameters)) for q in questions().values()]
        texts = [bind(graph, q, given) for q, given in chosen if given is not None]
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
        print(f"one client, first time: median {statistics.median(cold):.1f} ms, worst {max(cold):.1f} ms")
        before = memory(server.pid)
        errors, taken = asyncio.run(load(url, texts, clients, seconds))
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
    given = parser.parse_args()
    main(given.store, given.clients, given.seconds)
