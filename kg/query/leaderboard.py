"""Leaderboards: results ranked where they can be compared, and set apart, with the reason, where they cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kg.errors import UnknownName
from kg.query.questions import find
from kg.types import Entity, Measurement, Paper, key

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


@dataclass(frozen=True, slots=True)
class Row:
    """One result: its place (None where nothing is ranked), value with unit, what reached it, paper and words."""

    rank: int | None
    value: str
    subject: str
    conditions: str
    paper: str
    paper_title: str
    words: str
    confidence: float
    result: str


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one measure, unit, dataset and kind, best first; `reason` says why they stand apart."""

    title: str
    metric: str
    unit: str
    dataset: str
    kind: str
    direction: str | None
    reason: str
    rows: tuple[Row, ...]


def leaderboard(
    graph: KnowledgeGraph,
    *,
    task: str | None = None,
    dataset: str | None = None,
    metric: str | None = None,
    hardware: str | None = None,
) -> list[Group]:
    """Rank the results for a task, dataset, measure or hardware (or any kind of it).

    Only results of the same measure, unit, dataset and kind are ranked together, and only where it is known
    whether more is better. The largest group that can be ranked comes first; each other one says what keeps
    it apart. Raises UnknownName, with the nearest names, for a thing that there is not.
    """
    wanted = {
        slot: _narrower(graph, find(graph, name, (slot.capitalize(),)))
        for slot, name in (("task", task), ("dataset", dataset), ("metric", metric), ("hardware", hardware))
        if name is not None
    }
    addressed = _papers_on(graph, wanted["task"]) if task else set()
    chosen = [m for m in graph.measurements() if _fits(m, wanted, addressed)]
    return _grouped(graph, chosen)


def _narrower(graph: KnowledgeGraph, node: str) -> set[str]:
    """Collect a node and everything that is a kind of it."""
    found, todo = {node}, [node]
    while todo:
        below = {e.source for e in graph.edges(type="broader", target=todo.pop())} - found
        found |= below
        todo += sorted(below)
    return found


def _papers_on(graph: KnowledgeGraph, tasks: set[str]) -> set[str]:
    """Collect the papers that work on a task: results often leave their task unsaid."""
    return {c.paper for t in tasks for e in graph.edges(type="addresses", target=t) for c in e.claims}


def _fits(m: Measurement, wanted: dict[str, set[str]], addressed: set[str]) -> bool:
    for slot, nodes in wanted.items():
        value = getattr(m, slot)
        if value not in nodes and not (slot == "task" and value is None and m.paper in addressed):
            return False
    return True


def _grouped(graph: KnowledgeGraph, results: list[Measurement]) -> list[Group]:
    name = _namer(graph)
    groups: dict[tuple[str, str, str, str], list[Measurement]] = defaultdict(list)
    for m in results:
        groups[m.metric or key(m.metric_text), m.unit, m.dataset or "", m.kind].append(m)

    def order(item: tuple[tuple[str, str, str, str], list[Measurement]]) -> tuple[bool, bool, int, tuple[str, ...]]:
        (_, _, dataset, kind), found = item
        return kind != "absolute", not (dataset and _direction(found)), -len(found), item[0]

    made: list[Group] = []
    for (metric, unit, dataset, kind), found in sorted(groups.items(), key=order):
        label = name(metric) if found[0].metric else found[0].metric_text
        where = name(dataset) if dataset else ""
        direction = _direction(found)
        first = made[0] if made else None
        reason = _reason(label, unit, where, kind, direction, first)
        title = " ".join(filter(None, (label, f"({unit})" if unit else "", f"on {where}" if where else "")))
        title += ", gains" if kind == "gain" else ""
        title += {"higher": ", higher is better", "lower": ", lower is better"}.get(direction or "", "")
        rows = tuple(_rows(graph, found, direction if kind == "absolute" or direction else None, name))
        made.append(Group(title, label, unit, where, kind, direction, reason, rows))
    return made


def _direction(found: list[Measurement]) -> str | None:
    said = {m.direction for m in found if m.direction}
    # A gain counts by its size, whatever the measure: a 3x lower latency beats a 2x lower one.
    if found[0].kind == "gain":
        return "higher"
    return said.pop() if len(said) == 1 else None


def _reason(label: str, unit: str, where: str, kind: str, direction: str | None, first: Group | None) -> str:
    reasons = []
    if first is not None:
        if label != first.metric:
            reasons.append(f"another measure than {first.metric}")
        if unit != first.unit:
            reasons.append(f"in {unit or 'no unit'}, not {first.unit or 'a bare number'}")
        if where != first.dataset:
            other = f"on {where}, not {first.dataset or 'no named dataset'}"
            reasons.append(other if where else "the dataset is not said")
        if kind != first.kind:
            reasons.append("gains over different baselines" if kind == "gain" else "measured values, not gains")
    elif not where:
        reasons.append("the dataset is not said")
    if direction is None:
        reasons.append("nobody says whether more is better, so nothing is ranked")
    return "; ".join(reasons)


def _rows(
    graph: KnowledgeGraph, found: list[Measurement], direction: str | None, name: Callable[[str], str]
) -> Iterator[Row]:
    sign = -1 if direction == "higher" else 1
    rank, last = 0, None
    for n, m in enumerate(sorted(found, key=lambda m: (sign * m.value, m.id)), 1):
        if m.value != last:  # equal values share a place
            rank, last = n, m.value
        conditions = [
            f"{word} {name(node)}"
            for word, node in (("over", m.baseline), ("on", m.hardware), ("for", m.task))
            if node is not None
        ]
        value = f"{m.value:g}" + (f" to {m.value_high:g}" if m.value_high is not None else "")
        paper = graph.node(_paper(graph, m))
        yield Row(
            rank if direction else None,
            f"{value} {m.unit}".rstrip() if m.unit not in ("%", "x") else value + m.unit,
            name(m.subject) if m.subject else "(not said)",
            ", ".join(conditions),
            m.paper,
            paper.title if isinstance(paper, Paper) else m.paper,
            m.evidence.quote,
            m.confidence,
            m.id,
        )


def _paper(graph: KnowledgeGraph, m: Measurement) -> str:
    from kg.graph import paper_node

    return paper_node(m.paper)


def _namer(graph: KnowledgeGraph) -> Callable[[str], str]:
    @lru_cache(maxsize=4096)
    def name(node: str) -> str:
        try:
            found = graph.node(node)
        except UnknownName:
            return node
        return found.name if isinstance(found, Entity) else node

    return name
