"""Frames a second and time until ready: the explorer against vis-network (pyvis) on the same graph.

    python benchmarks/explorer.py [500 5000 50000] [--skip-pyvis]

Each page is opened in headless Chromium without a GPU, dragged for three seconds and zoomed for three, and
requestAnimationFrame is counted. The graph is made up: papers that name things by Zipf's law within topics,
with a sentence behind every edge.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TYPES = ("Architecture", "Method", "Task", "Dataset", "Metric", "Hardware")
ROLE = dict(zip(TYPES, ("uses", "uses", "addresses", "evaluates_on", "measures", "targets"), strict=True))


def made_up(nodes: int, edges: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, int]:
    """Draw edges between papers and things: sources, targets, number of papers (which come first)."""
    rng = np.random.default_rng(seed)
    papers = nodes * 3 // 20
    things = nodes - papers
    topics = max(8, int(np.sqrt(nodes) / 3))
    paper_topic, thing_topic = rng.integers(0, topics, papers), rng.integers(0, topics, things)
    popular = 1 / np.arange(1, things + 1) ** 0.9
    rng.shuffle(popular)
    found = np.stack([rng.integers(0, papers, things), np.arange(things) + papers], 1)  # each is named once
    while len(found) < edges:
        source = rng.integers(0, papers, edges)
        target = np.searchsorted(np.cumsum(popular) / popular.sum(), rng.random(edges))
        for t in range(topics):
            own = np.flatnonzero((paper_topic[source] == t) & (rng.random(edges) < 0.75))
            of = np.flatnonzero(thing_topic == t)
            share = np.cumsum(popular[of]) / popular[of].sum()
            target[own] = of[np.minimum(np.searchsorted(share, rng.random(len(own))), len(of) - 1)]
        found = np.unique(np.concatenate([found, np.stack([source, target + papers], 1)]), axis=0)
    keep = np.sort(rng.permutation(len(found))[:edges])
    return found[keep, 0], found[keep, 1], papers


def blocks(nodes: int, edges: int) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Give the two blocks of a made-up page, and the seconds that its layout took."""
    from kg.export import html
    from kg.export.layout import layout
    from kg.schema import NODE_TYPES, RELATIONS, ROLES

    source, target, papers = made_up(nodes, edges)
    kind = [TYPES[i % 6] for i in range(nodes - papers)]
    naming = np.bincount(target, minlength=nodes)
    started = time.perf_counter()
    placed = layout(nodes, source, target, radius=np.where(np.arange(nodes) < papers, 1, 1 + 0.45 * np.sqrt(naming)))
    took = time.perf_counter() - started
    relations = list(dict.fromkeys((*ROLES, *RELATIONS, "author", "venue", "broader")))
    columns: dict[str, Any] = {
        "id": [f"paper/p{i}" for i in range(papers)] + [f"{k.lower()}/t{i}" for i, k in enumerate(kind)],
        "name": [f"A Study of Subject {i}" for i in range(papers)] + [f"{k} {i}" for i, k in enumerate(kind)],
        "type": [0] * papers + [NODE_TYPES.index(k) for k in kind],
        "papers": [1] * papers + naming[papers:].tolist(),
        "date": [f"{2012 + i % 14}-{1 + i % 12:02}" for i in range(papers)] + [""] * (nodes - papers),
        "class": [-1] * nodes,
        "aliases": {str(papers + i): [f"T{i}"] for i in range(0, nodes - papers, 5)}, "ids": {}, "url": {},
        "x": placed.x.tolist(), "y": placed.y.tolist(),
    }  # fmt: skip
    ends = {
        "source": source.tolist(), "target": target.tolist(),
        "type": [relations.index(ROLE[kind[t - papers]]) for t in target],
        "confidence": [90] * edges, "support": [1] * edges,
    }  # fmt: skip
    names, columns["community"] = html._communities(columns, ends, placed.community.tolist())
    result_columns = (
        "id", "paper", "measure", "value", "high", "unit", "kind", "direction", "confidence", "subject", "metric",
        "baseline", "dataset", "task", "hardware",
    )  # fmt: skip
    graph = {
        "format": html.FORMAT, "title": f"{nodes:,} made-up things", "base": "https://example.org/", "made": {},
        "types": list(NODE_TYPES), "relations": relations, "classes": [], "communities": names,
        "vocabulary": html.vocabulary(), "outside": {}, "nodes": columns, "edges": ends,
        "claims": {"edge": list(range(edges)), "paper": source.tolist(), "confidence": [90] * edges},
        "results": {n: [] for n in result_columns},
    }  # fmt: skip
    texts = [
        f"Experiments of study {p} show that subject {s} is served well by what is proposed here."
        for p in range(papers)
        for s in range(3)
    ]
    evidence = {
        "sentences": {"paper": [i // 3 for i in range(3 * papers)], "start": [0] * (3 * papers), "text": texts},
        "claims": [[3 * int(s) + i % 3, 0, 11] for i, s in enumerate(source)],
        "results": [],
    }
    return graph, evidence, took


def pyvis_page(graph: dict[str, Any]) -> str:
    """Draw the same with pyvis at its best: positions given, physics off, edges straight."""
    from pyvis.network import Network

    from kg.export.view import offline

    picture = Network(height="800px", width="100%", directed=True, cdn_resources="in_line")
    nodes, edges = graph["nodes"], graph["edges"]
    picture.nodes = [
        {"id": i, "label": n[:30], "shape": "dot", "size": 6, "x": x, "y": y}
        for i, (n, x, y) in enumerate(zip(nodes["name"], nodes["x"], nodes["y"], strict=True))
    ]
    picture.edges = [{"from": a, "to": b} for a, b in zip(edges["source"], edges["target"], strict=True)]
    picture.set_options(
        '{"physics": {"enabled": false}, "layout": {"improvedLayout": false}, "edges": {"smooth": false}}'
    )
    return offline(picture.generate_html(name="bench.html"))


COUNT = "() => { window.n = 0; const f = () => { window.n++; requestAnimationFrame(f); }; requestAnimationFrame(f); }"


def measure(browser: Any, path: Path, ready: str, canvas: str) -> dict[str, float]:
    """Open a page; give seconds until ready, frames a second of pan and zoom, and the heap."""
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    started = time.perf_counter()
    page.goto(path.as_uri(), timeout=180_000)
    # Not wait_for_function: it evaluates text, which the page's policy forbids.
    while not page.evaluate(ready):
        if time.perf_counter() - started > 180:
            raise TimeoutError("not ready within 180 s")
        time.sleep(0.02)
    found = {"ready_s": time.perf_counter() - started}
    page.wait_for_timeout(1500)
    page.evaluate(COUNT)
    box = page.locator(canvas).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def rate(act: Any) -> float:
        before, begun = page.evaluate("window.n"), time.perf_counter()
        step = 0
        while time.perf_counter() - begun < 3:
            act(step)
            step += 1
        return float((page.evaluate("window.n") - before) / (time.perf_counter() - begun))

    page.mouse.move(x, y)
    page.mouse.down()
    found["pan_fps"] = rate(lambda i: page.mouse.move(x + 180 * np.sin(i / 12), y + 120 * np.sin(i / 17)))
    page.mouse.up()
    found["zoom_fps"] = rate(lambda i: page.mouse.wheel(0, 120 if i // 12 % 2 else -120))
    found["heap_mb"] = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
    page.close()
    return found


def main() -> None:
    """Measure every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[500, 5000, 50000])
    parser.add_argument("--skip-pyvis", action="store_true")
    parser.add_argument("--keep", type=Path, help="Leave the pages in this folder.")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    from kg.export.html import render

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    folder = given.keep or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    print(
        "| nodes / edges | page | size MB | layout s | ready s | pan fps | zoom fps | heap MB |"
        "\n|---|---|---|---|---|---|---|---|"
    )
    with sync_playwright() as playwright:
        for nodes in given.sizes:
            graph, evidence, took = blocks(nodes, 3 * nodes)
            pages = [("kg", render(graph, evidence), "document.documentElement.dataset.ready", ".stage canvas")]
            if not given.skip_pyvis:
                drawn = "typeof network !== 'undefined' && network.body && Object.keys(network.body.nodes).length"
                pages.append(("pyvis", pyvis_page(graph), drawn, "canvas"))
            for name, text, ready, canvas in pages:
                path = folder / f"{name}-{nodes}.html"
                path.write_text(text, encoding="utf-8")
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
                try:
                    m = measure(browser, path, ready, canvas)
                except Exception as failed:
                    m = dict.fromkeys(("ready_s", "pan_fps", "zoom_fps", "heap_mb"), float("nan"))
                    print(json.dumps(str(failed)[:200]), file=sys.stderr)
                browser.close()
                print(
                    f"| {nodes:,} / {3 * nodes:,} | {name} | {len(text.encode()) / 1e6:.1f} | {took:.1f} | "
                    f"{m['ready_s']:.1f} | {m['pan_fps']:.0f} | {m['zoom_fps']:.0f} | {m['heap_mb']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
