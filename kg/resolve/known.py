"""The lexicon as the resolver asks it: which known thing can a form of a type be, and by which step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from kg.resolve.forms import LEVELS, acronym, difference, heavy, joined, light, plain, proper, singular, stripped, words
from kg.resolve.tables import METRIC_HEADS, NO_CUT, NO_HEADS
from kg.schema import TYPES, Entry, Lexicon

#: Types that annotators and extractors confuse for one and the same thing: where a form unknown in its own
#: type may be looked up instead. What a Dataset is called says nothing about other types.
NEAR: Mapping[str, tuple[str, ...]] = {
    "Architecture": ("Method",),
    "Method": ("Architecture", "Task", "Metric"),
    "Task": ("Method", "Metric", "Hardware"),
    "Metric": ("Task",),
    "Hardware": ("Task",),
    "Dataset": (),
}

_SCORE = {"exact": 1.0, "case": 0.99, "light": 0.98, "heavy": 0.93}


@lru_cache(maxsize=1 << 18)
def keys(form: str) -> tuple[str, str, str, str]:
    """Give the keys of a form at all levels."""
    text = plain(form)
    return text, text.casefold(), light(form), heavy(form)


class Match(NamedTuple):
    """A known thing that a form can be: the step that led to it, and how sure it is."""

    entry: Entry
    reason: str
    score: float


class Known:
    """An index of the lexicon, by type and level of folding."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.entries = {(e.type, e.name): e for e in lexicon.entries}
        # A thing's own name goes before another's alias.
        self._names: dict[tuple[str, str], dict[str, list[Entry]]] = {}
        self._aliases: dict[tuple[str, str], dict[str, list[Entry]]] = {}
        for type in TYPES:
            for level in LEVELS:
                self._names[type, level], self._aliases[type, level] = defaultdict(list), defaultdict(list)
        for e in lexicon.entries:
            for form in (e.name, *e.aliases):
                self._add(e, form)
        self.find = lru_cache(maxsize=1 << 18)(self._find)
        self.head = lru_cache(maxsize=1 << 18)(self._head)
        self._nodes: dict[str, Entry] = {}
        self._first: dict[str, str] = {}

    def _add(self, entry: Entry, form: str) -> None:
        cased = entry.note.startswith("exact-case") and (" " not in form or form == entry.name)
        table = self._names if form == entry.name else self._aliases
        for level, k in zip(LEVELS[:1] if cased else LEVELS, keys(form), strict=False):
            at = table[entry.type, level][k]
            if k and not any(e is entry for e in at):
                at.append(entry)

    def _level(self, form: str, type: str, level: str) -> list[Entry]:
        k = keys(form)[LEVELS.index(level)]
        found = self._names[type, level].get(k) or self._aliases[type, level].get(k)
        if not found and level == "exact" and form.endswith("s"):
            start, _, last = k.rpartition(" ")
            one = singular(last.casefold(), last)
            k = f"{start} {last[: len(one)]}".strip() if last.casefold().startswith(one) else k
            found = self._names[type, level].get(k) or self._aliases[type, level].get(k)
        return found or []

    def _find(self, form: str, type: str) -> tuple[Match, ...]:
        """Give the known things of a type that a form can be; several when it is ambiguous."""
        for level in LEVELS:
            found = self._level(form, type, level)
            if found and (level != "heavy" or len(found) == 1):
                return tuple(Match(e, _reason(form, e, level), _SCORE[level]) for e in found)
        for rest, reason in stripped(form, type):
            for level in LEVELS:
                found = self._level(rest, type, level)
                if len(found) == 1 and (level == "exact" or " " in rest or proper(rest) or not proper(found[0].name)):
                    return (Match(found[0], reason, 0.96),)
        return ()

    def near(self, form: str, type: str) -> tuple[Match, ...]:
        """Give the known things of other types that a form, unknown in its own, can only be."""
        short = acronym(form) and len(plain(form)) <= 4
        if short and type in ("Method", "Architecture", "Task", "Metric", "Hardware"):
            allowed = {"Method": ("Architecture", "Task"), "Architecture": ("Method",), "Task": ("Method", "Hardware"),
                       "Hardware": ("Task",)}.get(type, ())  # fmt: skip
        else:
            allowed = tuple(t for t in NEAR[type] if t != "Metric" or " " in form)
        hits = [m for other in allowed for m in self.find(form, other) if m.score >= 0.96]
        if len({(m.entry.type, m.entry.name) for m in hits}) != 1:
            return ()
        return (Match(hits[0].entry, f"known as {hits[0].entry.type}", 0.9),)

    def first_of(self, node: str) -> str | None:
        """Give the name of the known thing that has an id without a hash, if one has."""
        if not self._first:
            self._fill()
        return self._first.get(node)

    def at(self, node: str) -> Entry:
        """Give the known thing of a node."""
        if not self._nodes:
            self._fill()
        return self._nodes[node]

    def _fill(self) -> None:
        from kg.resolve.corpus import known_id, node_id

        for type, name in sorted(self.entries):
            self._first.setdefault(node_id(type, name), name)
        for e in self.entries.values():
            self._nodes[known_id(e, self)] = e

    def _head(self, name: str, type: str) -> Entry | None:
        """Give the known thing that the last words of a name are: a "3D lane detection" is a lane detection."""
        parts = words(name)
        for at in range(1, len(parts)):
            tail = " ".join(parts[at:])
            if tail in NO_HEADS or (type == "Metric" and tail not in METRIC_HEADS):
                continue
            k = joined(parts[at:])
            if parts[at - 1] in NO_CUT:
                continue
            short = at == len(parts) - 1 and acronym(name.split(" ")[-1])
            found = self._names[type, "light"].get(k) or (self._aliases[type, "light"].get(k) if short else None) or []
            if len(found) == 1 and not found[0].note.startswith("exact-case"):
                e = found[0]
                if light(e.name) != light(name) and len(parts[at:]) >= 1:
                    return e
        return None

    def parents(self, entry: Entry) -> list[Entry]:
        """Give the wider things that the lexicon names for a thing."""
        found = []
        for name in entry.broader:
            type, _, rest = name.partition(":")
            wider = self.entries.get((type, rest) if type in TYPES and rest else (entry.type, name))
            if wider is not None:
                found.append(wider)
        return found

    def ancestors(self, entry: Entry) -> dict[tuple[str, str], Entry]:
        """Give everything wider than a known thing."""
        seen: dict[tuple[str, str], Entry] = {}
        todo = self.parents(entry)
        while todo:
            e = todo.pop()
            if (e.type, e.name) not in seen:
                seen[e.type, e.name] = e
                todo += self.parents(e)
        return seen


def _reason(form: str, entry: Entry, level: str) -> str:
    if form == entry.name:
        return "same form"
    if level in ("exact", "case", "light") and not _alias(form, entry):
        return difference(form, entry.name)[0]
    return "lexicon alias" if _alias(form, entry) else "abbreviation or derivation"


def _alias(form: str, entry: Entry) -> bool:
    return light(form) != light(entry.name) and any(light(form) == light(a) for a in entry.aliases)


_last: list[tuple[Lexicon, Known]] = []


def known(lexicon: Lexicon) -> Known:
    """Index a lexicon, once as long as it is the same one."""
    if not _last or _last[0][0] is not lexicon:
        _last[:] = [(lexicon, Known(lexicon))]
    return _last[0][1]
