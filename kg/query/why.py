"""Why two names are one thing, or are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.errors import UnknownName
from kg.graph import KnowledgeGraph
from kg.resolve import Merge
from kg.types import Entity, key


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence about two names, with the entities it is about."""

    text: str
    nodes: tuple[str, ...] = ()


def why(graph: KnowledgeGraph, a: str, b: str) -> list[Reason]:
    """Say why two names stand for one node, or what keeps their nodes apart; raises UnknownName."""
    left, right = _nodes(graph, a), _nodes(graph, b)
    both = [e for e in left if e.id in {r.id for r in right}]
    if both:
        return [reason for e in both for reason in _together(graph, e, a, b)]
    return [reason for x in left for y in right for reason in _apart(graph, x, y)]


def _nodes(graph: KnowledgeGraph, name: str) -> list[Entity]:
    """Find every entity that a name stands for: by id, name, alias, or a form merged in some paper."""
    folded = key(name)
    found: dict[str, Entity] = {}
    for m in graph.merges():
        if key(m.form) == folded:
            node = graph.node(m.entity)
            if isinstance(node, Entity):
                found[node.id] = node
    for e in graph.entities():
        if folded in (key(e.id), key(e.name)) or any(folded == key(alias) for alias in e.aliases):
            found[e.id] = e
    if not found:
        raise UnknownName("entity", name, (e.name for e in graph.entities()))
    return [found[i] for i in sorted(found)]


def _together(graph: KnowledgeGraph, e: Entity, a: str, b: str) -> Iterator[Reason]:
    yield Reason(f"{a} and {b} are one thing: {e.name} ({e.type}, {e.id})", (e.id,))
    said: dict[str, list[Merge]] = {key(form): [] for form in (a, b)}
    for m in graph.merges(e.id):
        if key(m.form) in said:
            said[key(m.form)].append(m)
    for form in (a, b):
        if key(form) == key(e.name):
            yield Reason(f"  {form}: its name")
        for m in said[key(form)]:
            if m.reason != "same form":
                where = f", in {m.paper}" if m.paper else ""
                yield Reason(f"  {m.form}: {m.reason} ({m.score:.2f}){where}")
        if not said[key(form)] and key(form) != key(e.name):
            yield Reason(f"  {form}: {'an alias of the lexicon' if e.known else 'another form of it'}")
    if e.known:
        yield Reason("  it stands in the lexicon")


def _apart(graph: KnowledgeGraph, x: Entity, y: Entity) -> Iterator[Reason]:
    nodes = (x.id, y.id)
    yield Reason(f"{x.name} ({x.type}, {x.id}) and {y.name} ({y.type}, {y.id}) are two things", nodes)
    if x.type != y.type:
        yield Reason(f"  one is of type {x.type}, the other of type {y.type}", nodes)
    for low, high in ((x, y), (y, x)):
        if high.id in _above(graph, low):
            yield Reason(f"  {low.name} is a kind of {high.name}", nodes)
    if key(x.name) == key(y.name) and (x.scope or y.scope):
        yield Reason("  several papers each introduce one of this name", nodes)
    shared = sorted(_papers(graph, x) & _papers(graph, y))
    if shared:
        more = f" and {len(shared) - 3} more" if len(shared) > 3 else ""
        yield Reason(f"  {len(shared)} paper{'s' * (len(shared) > 1)} name both: {', '.join(shared[:3])}{more}", nodes)


def _above(graph: KnowledgeGraph, e: Entity) -> set[str]:
    seen: set[str] = set()
    todo = list(e.broader)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            wider = graph.node(node)
            todo += wider.broader if isinstance(wider, Entity) else ()
    return seen


def _papers(graph: KnowledgeGraph, e: Entity) -> set[str]:
    return {c.paper for edge in graph.edges(target=e.id) for c in edge.claims}
