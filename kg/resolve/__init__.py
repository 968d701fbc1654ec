"""One thing, one node: from the names of single papers to the entities of the graph.

Three steps, of which only the last two look beyond one paper:

1. `senses`: what each name of a paper is: a thing of the lexicon, or a thing with its own key.
2. `definitions`: a name that a paper does not explain is what other papers say, if they all say the same.
3. groups: all names of one identity become one node, or several if types or introducing papers tell them apart.

`resolve` does all three for a whole corpus.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kg.resolve.corpus import (
    Group,
    Identity,
    Merge,
    definitions,
    identity,
    known_group,
    known_id,
    node_id,
    own_group,
    wider,
)
from kg.resolve.known import Known, known
from kg.resolve.senses import Sense, senses
from kg.schema import Lexicon
from kg.schema import lexicon as shipped
from kg.types import Entity, Findings

__all__ = ["Merge", "Resolution", "Sense", "node_id", "resolve", "senses"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which node each name of each paper is, and what those nodes are.

    `node_of` maps (paper id, name, type) to an entity's id. `learned` maps (entity id, wider entity id) to
    the papers whose variant_of relations say so; these wider ids also stand in `Entity.broader`.
    """

    entities: tuple[Entity, ...]
    node_of: Mapping[tuple[str, str, str], str]
    merges: tuple[Merge, ...] = ()
    learned: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    unused_corrections: tuple[str, ...] = ()


def resolve(
    findings: Iterable[Findings], *, lexicon: Lexicon | None = None, corrections: Any = None
) -> Resolution:
    """Give every name of every paper its node; the result does not depend on the order of papers."""
    index = known(lexicon or shipped())
    all_senses: list[Sense] = []
    variants: list[tuple[str, str, str, str | None, str | None]] = []
    for f in findings:
        all_senses += senses(f, index)
        variants += [(f.paper.id, r.head, r.tail, r.head_type, r.tail_type) for r in f.relations if r.type == "variant_of"]
    said = definitions(all_senses)
    groups: dict[Identity, list[Sense]] = defaultdict(list)
    for s in all_senses:
        groups[identity(s, said)].append(s)
    entities: dict[str, Entity] = {}
    node_of: dict[tuple[str, str, str], str] = {}
    merges: list[Merge] = []
    for ident in sorted(groups):
        for group in group_nodes(ident, sorted(groups[ident], key=lambda s: s.id), index):
            entities |= {e.id: e for e in group.entities}
            node_of |= group.node_of
            merges += group.merges
    _complete(entities, index)
    learned = _learn(variants, entities, node_of, index)
    for narrow, wide in learned:
        entities[narrow] = replace(entities[narrow], broader=tuple(sorted({*entities[narrow].broader, wide})))
    return Resolution(tuple(entities[i] for i in sorted(entities)), node_of, tuple(sorted(merges, key=_order)), learned)


def _order(merge: Merge) -> tuple[str, str, str]:
    return merge.entity, merge.form, merge.paper


def group_nodes(ident: Identity, members: list[Sense], index: Known) -> list[Group]:
    """Make the nodes of one identity."""
    if ident.type:
        return [known_group(index.entries[ident.type, ident.key], members, index)]
    return own_group(ident, members, index)


def _complete(entities: dict[str, Entity], index: Known) -> None:
    """Add the known things that are wider than one of the graph, though no paper names them."""
    todo = [w for e in entities.values() for w in e.broader]
    while todo:
        node = todo.pop()
        if node not in entities:
            entry = index.at(node)
            entities[node] = known_group(entry, (), index).entities[0]
            todo += entities[node].broader


def _learn(
    variants: Iterable[tuple[str, str, str, str | None, str | None]],
    entities: Mapping[str, Entity],
    node_of: Mapping[tuple[str, str, str], str],
    index: Known,
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Extend the hierarchy by what papers say is a variant of what."""
    by_name: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    papers: dict[str, set[str]] = defaultdict(set)
    for (paper, name, type), node in node_of.items():
        by_name[paper, name][type] = node
        papers[node].add(paper)
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    narrower = {w for e in entities.values() for w in e.broader}
    for paper, head, tail, head_type, tail_type in variants:
        ends = []
        for name, type in ((head, head_type), (tail, tail_type)):
            nodes = by_name.get((paper, name), {})
            ends.append(nodes.get(type) if type else nodes[min(nodes)] if nodes else None)
        narrow, wide = ends
        if narrow is None or wide is None or narrow == wide or entities[narrow].type != entities[wide].type:
            continue
        said[narrow, wide].add(paper)

    def rank(node: str) -> tuple[bool, int, int, str]:
        return entities[node].known, len(papers[node]), -len(entities[node].name), node

    learned = {}
    for (narrow, wide), who in sorted(said.items()):
        e = entities[narrow]
        if e.known and (e.broader or narrow in narrower):
            continue
        if rank(narrow) < rank(wide) and wide not in _above(narrow, entities):
            learned[narrow, wide] = tuple(sorted(who))
    return learned


def _above(node: str, entities: Mapping[str, Entity]) -> set[str]:
    seen: set[str] = set()
    todo = list(entities[node].broader)
    while todo:
        n = todo.pop()
        if n not in seen:
            seen.add(n)
            todo += entities[n].broader
    return seen
