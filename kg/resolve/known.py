"""The lexicon as the resolver asks it: which known thing can a form of a type be, and by which step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from kg.resolve.forms import LEVELS, acronym, difference, heavy, joined, light, plain, singular, stripped, words
from kg.schema import TYPES, Entry, Lexicon

#: Types that annotators and extractors confuse for one and the same thing: where a form unknown in its own
#: type may be looked up instead. What a Dataset is called says nothing about other types.
NEAR: Mapping[str, tuple[str, ...]] = {
    "Architecture": ("Method",),
    "Method": ("Architecture", "Task"),
    "Task": ("Method", "Metric", "Hardware"),
    "Metric": ("Task",),
    "Hardware": ("Task",),
    "Dataset": (),
}

#: Last words that do not make what they end a kind of themselves.
_NO_HEADS = frozenset(
    "network model layer block module head embedding function method algorithm framework system token task vision learning "
    "encoder decoder expert router feature cache memory loss mask map token backbone tokenization search edge processor "
    "device hardware platform server sensor problem speech planning inference training data compute compression precision "
    "operation unit adapter pipeline kernel space python c++ prompt policy momentum control language alignment speed vision "
    "pooling projection encoding interpretation approach strategy objective neuron cell retrieval scan routing".split()
)
#: Last words of a measure's name that say what it is a kind of.
_METRIC_HEADS = frozenset(
    ("accuracy", "latency", "throughput", "flop", "speedup", "average precision", "error rate", "perplexity", "iou", "f1 score",
     "recall", "convergence", "mean squared error", "robustness", "energy consumption", "memory footprint")
)  # fmt: skip

_SCORE = {"exact": 1.0, "case": 0.99, "light": 0.98, "heavy": 0.93}


class Match(NamedTuple):
    """A known thing that a form can be: the step that led to it, and how sure it is."""

    entry: Entry
    reason: str
    score: float


class Known:
    """An index of the lexicon, by type and level of folding."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.entries = {(e.type, e.name): e for e in lexicon.entries}
        self._at: dict[tuple[str, str], dict[str, list[Entry]]] = {
            (type, level): defaultdict(list) for type in TYPES for level in LEVELS
        }
        for e in lexicon.entries:
            for form in (e.name, *e.aliases):
                self._add(e, form)
        self.find = lru_cache(maxsize=1 << 18)(self._find)
        self.head = lru_cache(maxsize=1 << 18)(self._head)
        self._nodes: dict[str, Entry] = {}
        self._first: dict[str, str] = {}

    def _add(self, entry: Entry, form: str) -> None:
        keys = {"exact": plain(form)}
        cased = entry.note.startswith("exact-case") and " " not in form
        if not cased:
            keys |= {"case": plain(form).casefold(), "light": light(form), "heavy": heavy(form)}
        for level, k in keys.items():
            at = self._at[entry.type, level][k]
            if k and entry not in at:
                # A thing's own name goes before another's alias.
                at.insert(0, entry) if form == entry.name else at.append(entry)

    def _level(self, form: str, type: str, level: str) -> list[Entry]:
        k = {"exact": plain, "case": lambda f: plain(f).casefold(), "light": light, "heavy": heavy}[level](form)
        found = self._at[type, level].get(k, [])
        if not found and level == "exact":
            one = plain(form)
            found = self._at[type, level].get(singular(one, one), []) if " " not in one else []
        named = [e for e in found if self._is_name(e, k, level)]
        return named or found

    @staticmethod
    def _is_name(entry: Entry, k: str, level: str) -> bool:
        fold = {"exact": plain, "case": lambda f: plain(f).casefold(), "light": light, "heavy": heavy}[level]
        return fold(entry.name) == k

    def _find(self, form: str, type: str) -> tuple[Match, ...]:
        """Give the known things of a type that a form can be; several when it is ambiguous."""
        for level in LEVELS:
            found = self._level(form, type, level)
            if found and (level != "heavy" or len(found) == 1):
                return tuple(Match(e, _reason(form, e, level), _SCORE[level]) for e in found)
        for rest, reason in stripped(form, type):
            for level in LEVELS:
                found = self._level(rest, type, level)
                if len(found) == 1:
                    return (Match(found[0], reason, 0.96),)
        return ()

    def near(self, form: str, type: str) -> tuple[Match, ...]:
        """Give the known things of other types that a form, unknown in its own, can only be."""
        short = acronym(form) and len(plain(form)) <= 4
        if short and type in ("Method", "Architecture", "Task", "Metric", "Hardware"):
            allowed = {"Method": ("Architecture", "Task"), "Architecture": ("Method",), "Task": ("Method", "Hardware"),
                       "Hardware": ("Task",)}.get(type, ())  # fmt: skip
        else:
            allowed = NEAR[type]
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
            if tail in _NO_HEADS or (type == "Metric" and tail not in _METRIC_HEADS):
                continue
            found = self._at[type, "light"].get(joined(parts[at:]), [])
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
