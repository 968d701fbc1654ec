"""What the names of all papers mean together: from senses to identities, from identities to entities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.resolve.forms import acronym, bracketed, difference, light, plain, proper, singular
from kg.resolve.known import Known
from kg.resolve.senses import Sense, own_key
from kg.resolve.tables import GENERIC
from kg.schema import TYPES, Entry
from kg.types import Entity, digest, key, slug


@dataclass(frozen=True, slots=True)
class Merge:
    """Why a form stands under an entity: the reason, a score, and the paper if it holds only there."""

    entity: str
    form: str
    reason: str
    score: float = 1.0
    paper: str = ""


class Identity(NamedTuple):
    """What makes a thing the same thing: a known thing by type and name, another by its key alone.

    `type` is empty for a thing that is not known, whose papers decide on its type; `scope` tells homonyms apart.
    """

    type: str
    key: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What became of all names with one identity: nodes, the node of each name, and the reasons."""

    entities: tuple[Entity, ...] = ()
    node_of: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    merges: tuple[Merge, ...] = ()


def node_id(type: str, name: str, scope: str = "") -> str:
    """Name a node by its type and name; what the slug cannot keep goes into a hash.

    >>> node_id("Hardware", "Alveo U280"), node_id("Metric", "mAP@0.5")
    ('hardware/alveo-u280', 'metric/map-0-5-2683bb10')
    """
    plain_slug = slug(name)
    kept = key(name).replace("-", " ") == plain_slug.replace("-", " ") and not scope and plain_slug
    if kept:
        return f"{type.lower()}/{plain_slug}"
    return f"{type.lower()}/{plain_slug or type.lower()}-{digest(type, key(name), scope, length=8)}"


#: Types between which papers disagree about one and the same thing.
_CONFUSED = frozenset(("Architecture", "Method", "Task"))


def definitions(senses: Iterable[Sense]) -> dict[tuple[str, str], Counter[Identity]]:
    """Count, for each type and key, the papers that say what it stands for."""
    said: dict[tuple[str, str], Counter[Identity]] = defaultdict(Counter)
    for s in senses:
        for short in s.defines:
            said[s.type, short][own(s)] += 1
    return said


def own(sense: Sense) -> Identity:
    """Give the identity that a name has as far as its own paper tells."""
    return Identity(*sense.entry) if sense.entry else Identity("", sense.key, sense.scope)


def identity(sense: Sense, said: Mapping[tuple[str, str], Counter[Identity]]) -> Identity:
    """Give the identity of a name, with what other papers say it stands for when they all say the same."""
    if sense.entry is None and sense.asks:
        meant: Mapping[Identity, int] = said.get((sense.type, sense.asks), {})
        if len(meant) == 1:
            return next(iter(meant))
    return own(sense)


def known_group(entry: Entry, members: Sequence[Sense], known: Known, name: str = "") -> Group:
    """Make the node of a known thing."""
    node = known_id(entry, known)
    aliases = {f for s in members for f, reason, score in s.forms if _alias_worthy(f, score, entry, known)}
    entity = Entity(
        node, entry.type, name or entry.name,
        tuple(sorted((aliases | set(entry.aliases) | {entry.name}) - {name or entry.name})),
        tuple(sorted(known_id(e, known) for e in wider(entry, known))), dict(entry.ids), known=True,
    )  # fmt: skip
    return Group((entity,), {s.id: node for s in members}, tuple(_merges(node, entity.name, members)))


def known_id(entry: Entry, known: Known) -> str:
    """Name the node of a known thing; of two whose names differ in case alone, the later one gets a hash."""
    plain_id = node_id(entry.type, entry.name)
    if known.first_of(plain_id) in (None, entry.name):
        return plain_id
    return f"{plain_id}-{digest(entry.type, entry.name, length=8)}"


def _alias_worthy(form: str, score: float, entry: Entry | None, known: Known) -> bool:
    if plain(form).casefold() in GENERIC:
        return False
    if score >= 0.9:
        return True
    return bool(proper(form) or " " in form) and not any(known.find(form, t) for t in TYPES)


def _merges(node: str, name: str, members: Sequence[Sense]) -> Iterable[Merge]:
    seen: dict[tuple[str, str], tuple[float, str]] = {}
    for s in members:
        for form, reason, score in s.forms:
            if form == name:
                continue
            at = (form, reason)
            local = reason.endswith("in the paper")
            paper = s.paper if local else ""
            score, paper = max((score, paper), seen.get(at, (0.0, "")), key=lambda v: (v[0], v[1]))
            seen[at] = (score, paper)
    for (form, reason), (score, paper) in sorted(seen.items()):
        yield Merge(node, form, reason, score, paper)


def wider(entry: Entry, known: Known) -> list[Entry]:
    """Give the things directly wider than a known one: from the lexicon, else from the head of its name."""
    found = known.parents(entry)
    if found:
        return found
    head = known.head(entry.name, entry.type)
    return [head] if head else []


def own_group(ident: Identity, members: Sequence[Sense], known: Known, name: str = "", type: str = "") -> list[Group]:
    """Make the nodes of a thing that is not known: one, or several if types or introducing papers tell them apart."""
    groups = []
    for of, part in [(type, list(members))] if type else _by_type(ident.key, members):
        for scope, scoped in _by_scope(ident, part):
            groups.append(_own_node(of, scope, ident, scoped, known, name))
    return groups


def _by_type(own: str, members: Sequence[Sense]) -> list[tuple[str, list[Sense]]]:
    """Bring together what papers disagree on the type of, unless one paper holds both."""
    types: dict[str, list[Sense]] = defaultdict(list)
    for s in members:
        types[s.type].append(s)
    mixed = [t for t in TYPES if t in types and t in _CONFUSED]
    papers = Counter(p for t in mixed for p in {s.paper for s in types[t]})
    apart = any(n > 1 for n in papers.values()) or (len(own) < 5)
    if len(mixed) > 1 and not apart:
        main = max(mixed, key=lambda t: (len({s.paper for s in types[t]}), -TYPES.index(t)))
        together = [s for t in mixed for s in types.pop(t)]
        types[main] = sorted(together, key=lambda s: s.id)
    return [(t, types[t]) for t in TYPES if t in types]


def _by_scope(ident: Identity, members: Sequence[Sense]) -> list[tuple[str, list[Sense]]]:
    """Keep apart what several papers each introduce under one proper name."""
    if ident.scope:
        return [("" if ident.scope.startswith("as ") else ident.scope, list(members))]
    makers = sorted({s.paper for s in members if s.role == "introduces" and s.named})
    if len(makers) < 2:
        return [("", list(members))]
    parts: dict[str, list[Sense]] = defaultdict(list)
    for s in members:
        parts[s.paper if s.paper in makers else ""].append(s)
    return sorted(parts.items())


def _own_node(type: str, scope: str, ident: Identity, members: Sequence[Sense], known: Known, name: str) -> Group:
    name = name or _display(ident.key, type, members)
    node = node_id(type, name, scope)
    if not scope and known.first_of(node) is not None:
        node = f"{node}-{digest(type, ident.key, scope, length=8)}"
    aliases = {
        f
        for s in members
        for f, _, score in s.forms
        if _alias_worthy(f, score if own_key(f, type) != ident.key else 1.0, None, known)
    }
    head = known.head(name, type)
    entity = Entity(
        node, type, name, tuple(sorted(aliases - {name})), (known_id(head, known),) if head else (), scope=scope
    )
    why = []
    for s in members:
        shown = tuple(
            (f, *difference(f, name)) if own_key(f, s.type) == ident.key else (f, reason, score)
            for f, reason, score in s.forms
        )
        why.append(Sense(s.paper, s.name, s.type, s.key, None, s.role, shown))
    merges = [m for m in _merges(node, name, why) if m.form != name]
    if any(s.key != ident.key for s in members):
        merges = [
            Merge(m.entity, m.form, "defined in other papers", 0.9, m.paper) if m.reason == "same link in the paper" and
            own_key(m.form, type) != ident.key else m for m in merges
        ]  # fmt: skip
    return Group((entity,), {s.id: node for s in members}, tuple(merges))


def _display(own: str, type: str, members: Sequence[Sense]) -> str:
    """Choose the form that names a thing: singular, used by most papers, small letters where papers differ."""
    papers: Counter[str] = Counter()
    for s in members:
        papers.update({f for f, _, _ in s.forms if own_key(f, s.type) == own} or {min(f for f, _, _ in s.forms)})
    folded: Counter[str] = Counter()
    for form, n in papers.items():
        folded[light(form)] += n
    best = max(
        sorted(papers),
        key=lambda f: (
            folded[light(f)],
            not _plural(f),
            not f.isupper() or acronym(f),
            papers[f],
            f.islower(),
            -len(f),
        ),
    )
    text = bracketed(plain(best))[0]
    last = text.split(" ")[-1]
    one = singular(last.casefold(), last)
    if last == text and last.istitle():
        return text  # "Ouroboros" is no plural
    if _plural(best) and one != last.casefold():
        cut = last[: len(one)] if last.casefold().startswith(one) else one
        text = text[: len(text) - len(last)] + cut
    return text


def _plural(form: str) -> bool:
    last = plain(form).split(" ")[-1]
    return singular(last.casefold(), last) != last.casefold()
