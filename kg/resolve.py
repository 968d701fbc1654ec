"""One thing, one node: from the names of single papers to the entities of the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kg.schema import Lexicon
from kg.schema import lexicon as shipped
from kg.types import Entity, Findings, digest, key, slug


@dataclass(frozen=True, slots=True)
class Merge:
    """Why a form stands under an entity: the reason, a score, and the paper if it holds only there."""

    entity: str
    form: str
    reason: str
    score: float = 1.0
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which node each name of each paper is, and what those nodes are.

    `node_of` maps (paper id, name, type) to an entity's id. `learned` maps (entity id, wider entity id) to
    the papers whose variant_of relations say so; lexicon parents stand in `Entity.broader` alone.
    """

    entities: tuple[Entity, ...]
    node_of: Mapping[tuple[str, str, str], str]
    merges: tuple[Merge, ...] = ()
    learned: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    unused_corrections: tuple[str, ...] = ()


def node_id(type: str, name: str, scope: str = "") -> str:
    """Name a node by its type and name; what the slug cannot keep goes into a hash.

    >>> node_id("Hardware", "Alveo U280"), node_id("Metric", "mAP@0.5")
    ('hardware/alveo-u280', 'metric/map-0-5-2683bb10')
    """
    plain = slug(name)
    kept = key(name).replace("-", " ") == plain.replace("-", " ") and not scope and plain
    return f"{type.lower()}/{plain if kept else f'{plain or type.lower()}-{digest(type, key(name), scope, length=8)}'}"


def resolve(
    findings: Iterable[Findings], *, lexicon: Lexicon | None = None, corrections: Any = None
) -> Resolution:
    """Give every name of every paper its node; the result does not depend on the order of papers."""
    known = lexicon or shipped()
    node_of: dict[tuple[str, str, str], str] = {}
    names: dict[str, tuple[str, str]] = {}
    forms: dict[str, set[str]] = defaultdict(set)
    for f in findings:
        for link in f.links:
            entries = known.find(link.name, link.type)
            name = entries[0].name if entries else link.name
            node = node_id(link.type, name)
            node_of[f.paper.id, link.name, link.type] = node
            names[node] = min(names.get(node, (link.type, name)), (link.type, name))
            forms[node] |= {m.text for m in link.mentions}
    entities = []
    for node, (type, name) in sorted(names.items()):
        entry = next(iter(known.find(name, type)), None)
        aliases = forms[node] | set(entry.aliases if entry else ())
        entities.append(
            Entity(node, type, name, tuple(sorted(aliases - {name})), ids=dict(entry.ids) if entry else {}, known=bool(entry))
        )
    return Resolution(tuple(entities), node_of)
