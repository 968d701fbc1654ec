"""One thing and what lies around it, as a small pyvis page: for notebooks and quick looks.

pyvis puts its scripts into the page but still names three files of a content network; those tags are taken
out. Positions are fixed (a sunflower, the thing in its middle), so the browser computes none.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from kg.export.files import replacing
from kg.facts import paper_node
from kg.types import Edge, Entity, Measurement, Paper

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Colour and vis-network shape of each type, as in the explorer (`explorer/src/look.ts`).
LOOKS = {
    "Hardware": ("#d04a02", "square"), "Architecture": ("#0067a8", "hexagon"), "Method": ("#00835f", "dot"),
    "Task": ("#a83e80", "triangle"), "Dataset": ("#8a6a00", "square"), "Metric": ("#3c4250", "diamond"),
    "Paper": ("#8b8f99", "square"), "Author": ("#6d28d9", "dot"), "Venue": ("#7a4a21", "star"),
}  # fmt: skip

_TAG = re.compile(r"<link\b[^>]*?https?://[^>]*?/?>|<script\b[^>]*?https?://[^>]*?>\s*</script>|<!--.*?-->", re.S)
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.S)


@dataclass(frozen=True, slots=True)
class View:
    """A picture of one thing's neighbourhood; a notebook shows it by itself."""

    name: str
    html: str

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        title = html.escape(f"Neighbourhood of {self.name}", quote=True)
        return f'<iframe srcdoc="{page}" title="{title}" style="width:100%;height:620px;border:0"></iframe>'

    def write(self, path: str | Path) -> Path:
        """Write the page to a file."""
        path = Path(path)
        with replacing(path) as out:
            out.write(self.html.encode())
        return path


def _around(graph: KnowledgeGraph, centre: str, steps: int, most: int) -> tuple[list[str], list[Edge]]:
    """Collect the nodes within some steps of one, the best supported first, and the edges among them."""
    chosen, ring = {centre: None}, [centre]
    for _ in range(steps):
        near: dict[str, tuple[int, float]] = {}
        for node in ring:
            for edge in (*graph.edges(source=node), *graph.edges(target=node)):
                other = edge.target if edge.source == node else edge.source
                if other not in chosen:
                    near[other] = max(near.get(other, (0, 0.0)), (edge.support, edge.confidence))
        best = sorted(near, key=lambda n: (-near[n][0], -near[n][1], n))
        ring = best[: max(0, most - len(chosen))]
        chosen.update(dict.fromkeys(ring))
    among = [e for node in chosen for e in graph.edges(source=node) if e.target in chosen]
    return list(chosen), among


def _words(edge: Edge, titles: dict[str, str]) -> str:
    """Say an edge in plain text: the relation, how sure, and the first words of each paper."""
    lines = [f"{edge.type.replace('_', ' ')} ({edge.confidence:.0%}, {edge.support} papers)"]
    for claim in edge.claims[:3]:
        lines.append(titles.get(claim.paper, claim.paper))
        lines += [f"  “{e.quote}”" for e in claim.evidence[:1]]
    return "\n".join(lines)


def _plain(title: str) -> str:
    """Keep pyvis from taking a tooltip for HTML, which it does when the letters h-r-e-f are in it."""
    return title.replace("href", "hr\u2060ef")


def _sunflower(nodes: list[str], things: dict[str, Paper | Entity | Measurement]) -> dict[str, tuple[float, float]]:
    """Give each node room for its name: the first in the middle, then type by type outwards, papers last."""
    rank = {t: i for i, t in enumerate(LOOKS)}

    def kind(node: str) -> int:
        thing = things[node]
        return rank.get(thing.type, len(rank)) if isinstance(thing, Entity) else rank["Paper"]

    order = nodes[:1] + sorted(nodes[1:], key=kind)
    turn = pi * (3 - sqrt(5))
    # Names are wide: the flower is, too.
    return {
        n: (round(125 * sqrt(i + 1) * cos(i * turn), 1), round(68 * sqrt(i + 1) * sin(i * turn), 1))
        if i
        else (0.0, 0.0)
        for i, n in enumerate(order)
    }


def _wrapped(label: str, *, width: int = 22, lines: int = 2) -> str:
    """Break a long name for drawing.

    >>> _wrapped("An Image is Worth 16x16 Words")
    'An Image is Worth\\n16x16 Words'
    """
    import textwrap

    cut = textwrap.wrap(label, width) or [""]
    return "\n".join(cut[:lines]) + ("…" if len(cut) > lines else "")


def offline(page: str) -> str:
    """Take every outside file out of a pyvis page and forbid the rest by a Content-Security-Policy.

    >>> page = offline('<head><meta charset="utf-8"><script src="https://cdn.example/x.js"></script></head>')
    >>> "cdn" in page, "default-src 'none'" in page
    (False, True)
    """
    page = _TAG.sub("", page)
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
        for script in _SCRIPT.findall(page)
    )
    # vis-network sets styles from its script; it runs no text as code.
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return re.sub(r'(<meta charset="utf-8">)', lambda m: m.group(1) + meta, page, count=1)


def view(graph: KnowledgeGraph, name: str, *, steps: int = 1, most: int = 80, type: str | None = None) -> View:
    """Draw the neighbourhood of one thing: at most `most` nodes within `steps` steps.

    `name` is a name, alias, title or id; UnknownName is raised with suggestions when nothing has it.
    """
    from pyvis.network import Network  # type: ignore[import-untyped]  # ships no types

    found = graph.find(name, type)
    centre = paper_node(found.id) if isinstance(found, Paper) else found.id
    nodes, edges = _around(graph, centre, steps, most)
    things = {n: graph.node(n) for n in nodes}
    at = _sunflower(nodes, things)

    picture = Network(height="600px", width="100%", directed=True, cdn_resources="in_line", bgcolor="#fbfaf7")
    titles: dict[str, str] = {t.id: t.title for t in things.values() if isinstance(t, Paper)}
    for n, thing in things.items():
        kind = thing.type if isinstance(thing, Entity) else "Paper"
        label = thing.name if isinstance(thing, Entity) else thing.title if isinstance(thing, Paper) else n
        colour, shape = LOOKS.get(kind, ("#555b66", "dot"))
        x, y = at[n]
        picture.add_node(
            n, label=_wrapped(label), title=_plain(f"{label}\n{kind}"), color=colour, shape=shape,
            size=26 if n == centre else 9 if kind == "Paper" else 14,
            x=x, y=y, font={"size": 22 if n == centre else 13},
        )  # fmt: skip
    for e in edges:
        label = e.type.replace("_", " ") if len(edges) <= 40 else ""
        picture.add_edge(
            e.source, e.target, title=_plain(_words(e, titles)), label=label,
            color={"color": "#b9bcc4"}, width=1.0 + min(3, e.support - 1) * 0.5, font={"size": 10, "color": "#5d626d"},
        )  # fmt: skip
    picture.set_options(
        '{"physics": {"enabled": false}, "layout": {"improvedLayout": false}, "edges": {"smooth": false, '
        '"arrows": {"to": {"scaleFactor": 0.5}}}, "interaction": {"hover": true, "keyboard": false}}'
    )
    label = found.title if isinstance(found, Paper) else found.name
    page = offline(picture.generate_html(name="view.html", notebook=False))
    heading = f'<html lang="en"><head><title>{html.escape(label)}</title>'
    return View(label, re.sub(r"^\s*<html>\s*<head>", lambda _: heading, page, count=1))
