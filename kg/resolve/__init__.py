"""One thing, one node: from the names of single papers to the entities of the graph.

Three steps, of which only the last two look beyond one paper:

1. `senses`: what each name of a paper is: a thing of the lexicon, or a thing with its own key.
2. `definitions`: a name that a paper does not explain is what other papers say, if they all say the same.
3. groups: all names of one identity become one node, or several if types or introducing papers tell them apart.

`resolve` does this for a whole corpus. `update` does it for papers that came, changed or went, given the senses
of all others (`SqliteRows` keeps them in the store's database), and gives back only the groups that this touches::

    rows = SqliteRows(db)                                  # inside the build's transaction
    change = update(rows, new_findings, removed=[ids])     # corrections and lexicon as for resolve
    for node in change.gone: ...                           # delete entity, its merges and aliases
    for group in change.groups: ...                        # write group.entities, group.node_of, group.merges
    entities = [...]                                       # all of them now
    learned(variants, entities, node_of...)                # or leave as is if no variant_of was touched

A group depends on its members alone, so the order of papers and builds does not matter. When the corrections or
the lexicon changed, all papers are "changed".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kg.corrections import Corrections
from kg.resolve.corpus import Group, Identity, Merge, identity, known_group, node_id, own, own_group
from kg.resolve.known import Known
from kg.resolve.rows import MemoryRows, Rows, SqliteRows
from kg.resolve.rules import Rules
from kg.resolve.senses import Sense, senses
from kg.schema import Lexicon
from kg.schema import lexicon as shipped
from kg.types import Entity, Findings

__all__ = [
    "Change", "Merge", "Resolution", "Rows", "SqliteRows", "known_entity", "learned", "node_id", "resolve", "update",
]  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Change:
    """What an update touched: groups as they are now, and identities that have no member any more.

    A node that a touched group had before and has no longer is for the store to find by its identity.
    """

    groups: Mapping[Identity, tuple[Group, ...]]
    gone: tuple[Identity, ...] = ()
    unused_corrections: tuple[str, ...] = ()


def resolve(
    findings: Iterable[Findings], *, lexicon: Lexicon | None = None, corrections: Corrections | None = None
) -> Resolution:
    """Give every name of every paper its node; the result does not depend on the order of papers."""
    rules = Rules(corrections, lexicon or shipped())
    variants: list[Variant] = []

    def noting(papers: Iterable[Findings]) -> Iterable[Findings]:
        for f in papers:
            variants.extend(_variants(f))
            yield f

    change = _update(MemoryRows(), noting(findings), (), rules)
    entities: dict[str, Entity] = {}
    node_of: dict[tuple[str, str, str], str] = {}
    merges: list[Merge] = []
    for ident in sorted(change.groups):
        for group in change.groups[ident]:
            entities |= {e.id: e for e in group.entities}
            node_of |= group.node_of
            merges += group.merges
    _complete(entities, rules.known)
    nodes = _resolved(variants, node_of)
    learnt = learned(nodes, entities.__getitem__)
    for narrow, wide in learnt:
        entities[narrow] = replace(entities[narrow], broader=tuple(sorted({*entities[narrow].broader, wide})))
    return Resolution(
        tuple(entities[i] for i in sorted(entities)),
        node_of,
        tuple(sorted(merges, key=lambda m: (m.entity, m.form, m.paper, m.reason))),
        learnt,
        change.unused_corrections,
    )


def update(
    rows: Rows,
    changed: Iterable[Findings],
    removed: Iterable[str] = (),
    *,
    lexicon: Lexicon | None = None,
    corrections: Corrections | None = None,
) -> Change:
    """Resolve papers that are new or changed, and take out those removed (by id); give the groups this touches.

    `rows` holds the senses of all papers so far and is brought up to date. The groups of all identities are then
    those that `resolve` makes of all papers at once.
    """
    return _update(rows, changed, removed, Rules(corrections, lexicon or shipped()))


def _update(rows: Rows, changed: Iterable[Findings], removed: Iterable[str], rules: Rules) -> Change:
    touched: set[Identity] = set()
    keys: set[tuple[str, str]] = set()

    def take_out(paper: str) -> None:
        for s in rows.of_paper(paper):
            ident = rows.identity_of(s)
            touched.update((ident,) if ident else ())
            keys.update((s.type, k) for k in s.defines)
            rows.drop(s)

    for paper in removed:
        take_out(paper)
    for f in changed:
        take_out(f.paper.id)
        for plain_sense in senses(f, rules.known):
            s = rules.sense(plain_sense)
            if s is None:
                continue
            rows.put(s, ident := rules.identity(own(s)))
            touched.add(ident)
            keys.update((s.type, k) for k in s.defines)
            if s.asks:
                keys.add((s.type, s.asks))
    for at in sorted(keys):
        _decide(rows, at, rules, touched)
    groups: dict[Identity, tuple[Group, ...]] = {}
    gone = []
    for ident in sorted(touched):
        members = rows.members(ident)
        if members:
            groups[ident] = tuple(_groups(ident, members, rules))
        else:
            gone.append(ident)
    return Change(groups, tuple(gone), rules.unused(groups))


def _decide(rows: Rows, at: tuple[str, str], rules: Rules, touched: set[Identity]) -> None:
    """Let the papers that say what a key stands for decide for those that do not."""
    asking = rows.asking(at)
    if not asking:
        return
    said = {at: Counter(own(s) for s in rows.defining(at))}
    for s in asking:
        now = rules.identity(identity(s, said))
        before = rows.identity_of(s)
        if now != before:
            rows.put(s, now)
            touched.update((now, before) if before else (now,))


def _groups(ident: Identity, members: list[Sense], rules: Rules) -> list[Group]:
    name = rules.names.get(ident, "")
    if ident.type:
        return [known_group(rules.known.entries[ident.type, ident.key], members, rules.known, name)]
    return own_group(ident, members, rules.known, name, rules.types.get(ident, ""))


def _complete(entities: dict[str, Entity], index: Known) -> None:
    """Add the known things that are wider than one of the graph, though no paper names them."""
    todo = [w for e in entities.values() for w in e.broader]
    while todo:
        node = todo.pop()
        if node not in entities:
            entities[node] = known_entity(node, index)
            todo += entities[node].broader


def known_entity(node: str, index: Known) -> Entity:
    """Give the entity of a known thing that no paper names."""
    return known_group(index.at(node), (), index).entities[0]


#: A variant_of relation: paper, head, tail, head type, tail type.
Variant = tuple[str, str, str, str | None, str | None]


def _variants(findings: Findings) -> Iterable[Variant]:
    for r in findings.relations:
        if r.type == "variant_of":
            yield findings.paper.id, r.head, r.tail, r.head_type, r.tail_type


def _resolved(
    variants: Iterable[Variant], node_of: Mapping[tuple[str, str, str], str]
) -> Iterable[tuple[str, str, str]]:
    """Give the nodes of variant_of relations: narrower, wider, paper."""
    by_name: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for (paper, name, type), node in node_of.items():
        by_name[paper, name][type] = node
    for paper, head, tail, head_type, tail_type in variants:
        ends: list[str] = []
        for name, asked in ((head, head_type), (tail, tail_type)):
            nodes = by_name.get((paper, name), {})
            end = nodes.get(asked) if asked else nodes[min(nodes)] if nodes else None
            if end is not None:
                ends.append(end)
        if len(ends) == 2:
            yield ends[0], ends[1], paper


def learned(
    variants: Iterable[tuple[str, str, str]], entity: Callable[[str], Entity]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Extend the hierarchy by what papers say is a variant of what: (narrower, wider) -> papers.

    `variants` are (narrower id, wider id, paper id); `entity` gives an entity with its lexicon parents. Known
    things keep the place that the lexicon gives them. Of two things not known, the one with the shorter name
    is the wider one: so no cycle can arise, and the answer for one pair does not depend on any other.
    """
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for narrow, wide, paper in variants:
        if narrow != wide:
            said[narrow, wide].add(paper)
    out = {}
    for (narrow, wide), papers in sorted(said.items()):
        low, high = entity(narrow), entity(wide)
        if low.known or low.type != high.type:
            continue
        if not high.known and (len(high.name), high.id) >= (len(low.name), low.id):
            continue
        if wide not in _above(low, entity):
            out[narrow, wide] = tuple(sorted(papers))
    return out


def _above(entity: Entity, get: Callable[[str], Entity]) -> set[str]:
    seen: set[str] = set()
    todo = list(entity.broader)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += get(node).broader
    return seen
