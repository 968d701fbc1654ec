"""The graph as one page that opens from disk: search, filters, pictures, and the words behind every edge.

The page holds the explorer (`kg/export/explorer/`, built by Vite) and two blocks of JSON, which its script
reads and never runs. A strict Content-Security-Policy allows that one script and style sheet by their
hashes, and no request to anywhere.

The format of the blocks, "kg-explorer/1", is columns: entry i of every list of `nodes` is about node i.

`kg-graph`
    `types`, `relations`, `classes` (of hardware) and `communities` (each named by its top terms) are names
    that columns count into. `nodes` has `id`, `name`, `type`, `x`, `y` (integers, y downwards), `community`,
    `papers` (that name it), `date` (ISO 8601 or "") and `class` (-1: none); `aliases`, `ids` and `url` are
    objects from node number to value, for nodes that have one. `edges` has `source`, `target`, `type`,
    `confidence` in per cent and `support`. `claims` has `edge` (rising), `paper` and `confidence`.
    `results` are columns too; -1 stands for no node.
`kg-evidence`
    `sentences` has `paper`, `start` (in code points of the paper's text) and `text`. `claims[i]` and
    `results[i]` are flat lists of (sentence, start, end) of the words, in code points of the sentence.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from math import log, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import KgError
from kg.export.files import replacing
from kg.facts import paper_node
from kg.schema import NODE_TYPES, RELATIONS, ROLES, lexicon
from kg.types import Entity, Evidence, Mention

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

FORMAT = "kg-explorer/1"

#: How strongly an edge draws its ends together.
PULL: Mapping[str, float] = {
    "introduces": 2.0, "targets": 1.5, "addresses": 1.2, "mentions": 0.6, "measures": 0.3, "author": 0.3,
    "venue": 0.1, "broader": 0.5,
}  # fmt: skip

#: How well a thing of a type names a community; metrics and papers tell nothing.
TELLING: Mapping[str, float] = {"Task": 1.5, "Hardware": 1.2, "Architecture": 1.0, "Method": 1.0, "Dataset": 0.7}

#: Communities smaller than this share one name.
LEAST = 4
OTHERS = "Others"


#: Web pages of outside ids, beside those that the RDF names.
PAGES: Mapping[str, str] = {"doi": "https://doi.org/{}", "arxiv": "https://arxiv.org/abs/{}"}


def vocabulary() -> dict[str, dict[str, str]]:
    """Give the IRI of each type and relation, for the Turtle that the page saves.

    >>> vocabulary()["relations"]["runs_on"]
    'https://w3id.org/kg-papers/ontology#runsOn'
    """
    from kg.export.rdf.vocabulary import CLASSES, PREDICATES, PREFIXES

    def whole(short: str) -> str:
        prefix, name = short.split(":")
        return PREFIXES[prefix] + name

    return {
        "types": {t: whole(CLASSES[t][0]) for t in NODE_TYPES},
        "relations": {name: whole(term) for name, term in PREDICATES.items()},
    }


def outside() -> dict[str, str]:
    """Give the pattern of the web page of each kind of outside id."""
    from kg.export.rdf.vocabulary import OUTSIDE

    return dict(sorted({**OUTSIDE, **PAGES}.items()))


#: Things of the lexicon that are a class themselves, where the class has another name.
CLASS_THINGS: Mapping[str, str] = {
    "processinginmemory": "ProcessInMemory", "neuromorphichardware": "Neuromorphic", "systemonchip": "SoC",
    "memory": "MemoryTechnology",
}  # fmt: skip


@cache
def _class_names() -> Mapping[str, str]:
    """Map the bare letters of a class, or of a thing that is a class, to the class."""
    facts = {e.facts["class"] for e in lexicon().entries if e.type == "Hardware" and "class" in e.facts}
    return {_bare(c): c for c in sorted(facts) if c != "Class"} | dict(CLASS_THINGS)


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def hardware_class(name: str, broader: Iterable[str] = ()) -> str | None:
    """Tell the class of a piece of hardware (FPGA, GPU ...) from the lexicon, else from wider things.

    >>> hardware_class("no such board") is None, hardware_class("my board", ["FPGA"])
    (True, 'FPGA')
    """
    for form in (name, *broader):
        if kind := _class_names().get(_bare(form)):
            return kind
        for entry in lexicon().find(form, "Hardware"):
            if entry.facts.get("class", "Class") != "Class":
                return entry.facts["class"]
    return None


def class_label(kind: str) -> str:
    """Write a class as words.

    >>> class_label("ProcessInMemory"), class_label("SoC"), class_label("FPGA")
    ('Process in memory', 'SoC', 'FPGA')
    """
    first, *rest = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", kind).split(" ")
    return " ".join([first, *(w.lower() for w in rest)])


class _Sentences:
    """Every sentence once, and words as offsets into it."""

    def __init__(self, nodes: Mapping[str, int]) -> None:
        self.nodes = nodes
        self.at: dict[tuple[str, int, int], int] = {}
        self.columns: dict[str, list[Any]] = {"paper": [], "start": [], "text": []}

    def words(self, evidence: Iterable[Evidence], mentions: Iterable[Mention] = ()) -> list[int]:
        """Flatten the words of a claim into (sentence, start, end) triples."""
        flat: list[int] = []
        mentions = list(mentions)
        for e in evidence:
            number = self.at.get((e.paper, e.start, e.end))
            if number is None:
                number = self.at[e.paper, e.start, e.end] = len(self.at)
                self.columns["paper"].append(self.nodes.get(paper_node(e.paper), -1))
                self.columns["start"].append(e.start)
                self.columns["text"].append(e.quote)
            inside = [m for m in mentions if e.start <= m.start and m.end <= e.end]
            for m in inside:
                flat += (number, m.start - e.start, m.end - e.start)
            if not inside:
                flat += (number, 0, 0)
        return flat


def _nodes(graph: KnowledgeGraph) -> tuple[dict[str, Any], dict[str, int], list[str]]:
    """Lay out the nodes as columns: papers, then entities, each sorted by id."""
    names = ("id", "name", "type", "papers", "date", "class")
    columns: dict[str, Any] = {n: [] for n in names} | {"aliases": {}, "ids": {}, "url": {}}
    types = {t: i for i, t in enumerate(NODE_TYPES)}
    for p in graph.papers():
        at = str(len(columns["id"]))
        row = (paper_node(p.id), p.title, types["Paper"], 1, p.date or "", -1)
        for name, value in zip(names, row, strict=True):
            columns[name].append(value)
        if p.ids:
            columns["ids"][at] = dict(sorted(p.ids.items()))
        if p.url:
            columns["url"][at] = p.url
    entities: list[Entity] = list(graph.entities())
    by_id = {e.id: e for e in entities}
    found = {e.id: hardware_class(e.name, _wider(e, by_id)) for e in entities if e.type == "Hardware"}
    classes = sorted({c for c in found.values() if c})
    for e in entities:
        at = str(len(columns["id"]))
        kind = found.get(e.id)
        row = (e.id, e.name, types[e.type], 0, "", classes.index(kind) if kind else -1)
        for name, value in zip(names, row, strict=True):
            columns[name].append(value)
        if aliases := [a for a in e.aliases if a != e.name]:
            columns["aliases"][at] = aliases
        if e.ids:
            columns["ids"][at] = dict(sorted(e.ids.items()))
    return columns, {id: i for i, id in enumerate(columns["id"])}, classes


def _wider(entity: Entity, by_id: Mapping[str, Entity]) -> Iterator[str]:
    """Walk up to ever wider things, nearest first."""
    seen, ring = {entity.id}, list(entity.broader)
    while ring:
        id = ring.pop(0)
        if id not in seen and id in by_id:
            seen.add(id)
            yield by_id[id].name
            ring += by_id[id].broader


def blocks(graph: KnowledgeGraph, *, title: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the two blocks of the page, as in the module's docstring."""
    from kg.export.layout import layout

    nodes, number, classes = _nodes(graph)
    sentences = _Sentences(number)
    relations = list(dict.fromkeys((*ROLES, *RELATIONS, "author", "venue", "broader")))
    edges: dict[str, list[Any]] = {n: [] for n in ("source", "target", "type", "confidence", "support")}
    claims: dict[str, list[Any]] = {n: [] for n in ("edge", "paper", "confidence")}
    words: list[list[int]] = []
    naming: dict[int, set[int]] = defaultdict(set)
    for edge in graph.edges():
        source, target = number.get(edge.source), number.get(edge.target)
        if source is None or target is None:
            continue
        at = len(edges["source"])
        row = (source, target, relations.index(edge.type), round(100 * edge.confidence), edge.support)
        for name, value in zip(edges, row, strict=True):
            edges[name].append(value)
        for c in edge.claims:
            paper = number.get(paper_node(c.paper), -1)
            naming[target].add(paper)
            naming[source].add(paper)
            claims["edge"].append(at)
            claims["paper"].append(paper)
            claims["confidence"].append(round(100 * c.confidence))
            words.append(sentences.words(c.evidence, c.mentions))
    paper_type = NODE_TYPES.index("Paper")
    for i, type in enumerate(nodes["type"]):
        if type != paper_type:
            nodes["papers"][i] = len(naming[i])

    pull = [PULL.get(relations[t], 1.0) for t in edges["type"]]
    radius = [
        1.0 if t == paper_type else 1.0 + 0.45 * sqrt(p) for t, p in zip(nodes["type"], nodes["papers"], strict=True)
    ]
    placed = layout(len(number), edges["source"], edges["target"], pull, radius=radius)
    nodes["x"], nodes["y"] = placed.x.tolist(), placed.y.tolist()
    names, community = _communities(nodes, edges, placed.community.tolist())
    nodes["community"] = community
    results, result_words = _results(graph, number, sentences)
    counted = sum(t == paper_type for t in nodes["type"])
    graph_block = {
        "format": FORMAT,
        "title": title or f"Knowledge graph of {counted:,} papers",
        "base": graph.base,
        "made": {k: graph.meta[k] for k in ("kg", "extractor") if k in graph.meta},
        "types": list(NODE_TYPES),
        "relations": relations,
        "classes": [class_label(c) for c in classes],
        "communities": names,
        "vocabulary": vocabulary(),
        "outside": outside(),
        "nodes": nodes,
        "edges": edges,
        "claims": claims,
        "results": results,
    }
    return graph_block, {"sentences": sentences.columns, "claims": words, "results": result_words}


def _communities(nodes: Mapping[str, Any], edges: Mapping[str, Any], group: list[int]) -> tuple[list[str], list[int]]:
    """Name communities by their top terms; the small ones share a name."""
    size: dict[int, int] = defaultdict(int)
    for g in group:
        size[g] += 1
    within: dict[int, int] = defaultdict(int)
    for a, b in zip(edges["source"], edges["target"], strict=True):
        if group[a] == group[b]:
            within[a] += 1
            within[b] += 1
    members: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for i, g in enumerate(group):
        telling = TELLING.get(NODE_TYPES[nodes["type"][i]], 0.0)
        # A long name is seldom a good heading.
        members[g].append((-telling * log(1 + within[i]) / (1 + max(0, len(nodes["name"][i]) - 24) / 12), i))
    names: list[str] = []
    number: dict[int, int] = {}
    for g in sorted(g for g in size if size[g] >= LEAST):
        best = [nodes["name"][i] for score, i in sorted(members[g])[:2] if score < 0]
        name = " · ".join(best) or f"Group {g + 1}"
        names.append(name if name not in names else f"{name} ({g + 1})")
        number[g] = len(names) - 1
    if len(number) < len(size):
        names.append(OTHERS)
    return names, [number.get(g, len(names) - 1) for g in group]


_ENDS = ("subject", "metric", "baseline", "dataset", "task", "hardware")


def _results(
    graph: KnowledgeGraph, number: Mapping[str, int], sentences: _Sentences
) -> tuple[dict[str, Any], list[list[int]]]:
    columns: dict[str, list[Any]] = {
        n: [] for n in ("id", "paper", "measure", "value", "high", "unit", "kind", "direction", "confidence", *_ENDS)
    }
    words = []
    for m in graph.measurements():
        row = {
            "id": m.id, "paper": number.get(paper_node(m.paper), -1), "measure": m.metric_text, "value": m.value,
            "high": m.value_high, "unit": m.unit, "kind": m.kind, "direction": m.direction or "",
            "confidence": round(100 * m.confidence), **{n: number.get(getattr(m, n) or "", -1) for n in _ENDS},
        }  # fmt: skip
        for name, value in row.items():
            columns[name].append(value)
        words.append(sentences.words([m.evidence], [Mention(m.evidence.quote, m.evidence.start, m.evidence.end)]))
    return columns, words


def _inert(data: Any) -> str:
    """Write JSON that cannot end the script element that holds it.

    >>> _inert("</script><!--")
    '"\\\\u003c/script>\\\\u003c!--"'
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@cache
def _assets() -> tuple[str, str]:
    """Read the built script and style sheet."""
    folder = Path(__file__).with_name("explorer") / "dist"
    try:
        return tuple((folder / f"explorer.{kind}").read_text(encoding="utf-8").strip() for kind in ("js", "css"))  # type: ignore[return-value]
    except FileNotFoundError as missing:
        raise KgError(
            "the explorer is not built", where=folder, hint="run make assets, or install kg from a wheel"
        ) from missing


def render(graph_block: Mapping[str, Any], evidence_block: Mapping[str, Any]) -> str:
    """Put the blocks into the page."""
    script, style = _assets()
    script = script.replace("</script", "<\\/script")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    title = html.escape(graph_block["title"])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f'<link rel="icon" href="data:,">\n<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n'
        "<noscript>This page draws a graph with a script that it carries itself; nothing is loaded from "
        "anywhere. Please allow scripts for it.</noscript>\n"
        f'<script type="application/json" id="kg-graph">{_inert(graph_block)}</script>\n'
        f'<script type="application/json" id="kg-evidence">{_inert(evidence_block)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def page(graph: KnowledgeGraph, *, title: str | None = None) -> str:
    """Give the whole page as text: what `kg export -f html` writes and `kg serve` shows at /explore."""
    return render(*blocks(graph, title=title))


def write_html(graph: KnowledgeGraph, path: Path, *, view: str | None = None) -> None:
    """Write the explorer's page, or with `view` the small picture of one thing's neighbourhood."""
    path = Path(path)
    if view is not None:
        graph.view(view).write(path)
        return
    with replacing(path) as out:
        out.write(page(graph).encode())
