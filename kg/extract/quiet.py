"""Words that tell where no mention can be: frequent ones that hardly ever begin, end or stand inside one.

No mention holds "which", few begin with "of": three quarters of all stretches of words need no look at all. The
lists come from the annotations that a model is trained on, so they fit any label set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.extract.features import Numbers, Span

#: How often a word must stand in the texts to be judged, and the share of mentions that it may have nevertheless.
OFTEN = 200
SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Quiet:
    """Words in lower case that begin no mention, that end none, and that stand in none."""

    first: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()

    def stretches(self, forms: Sequence[str], longest: int) -> tuple[Numbers, Numbers]:
        """Give every stretch of up to `longest` words that may be a mention: its first word, and its length less one.

        >>> quiet = Quiet(frozenset({"of"}), frozenset({"the", "of"}), frozenset({"which"}))
        >>> [a.tolist() for a in quiet.stretches(["which", "the", "state", "of", "art"], 4)]
        [[2, 4, 1, 2, 1], [0, 0, 1, 2, 3]]
        """
        n = len(forms)
        starts = np.array([w not in self.first and w not in self.inside for w in forms], bool)
        ends = np.array([w not in self.last and w not in self.inside for w in forms], bool)
        # Words from each one on until one that stands in no mention.
        free = np.zeros(n + 1, np.int64)
        for k in range(n - 1, -1, -1):
            free[k] = 0 if forms[k] in self.inside else free[k + 1] + 1
        first: list[Numbers] = []
        more: list[Numbers] = []
        for k in range(min(longest, n)):
            here = np.flatnonzero(starts[: n - k] & ends[k:] & (free[: n - k] > k))
            first.append(here)
            more.append(np.full(len(here), k))
        if not first:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return np.concatenate(first), np.concatenate(more)

    def to_json(self) -> dict[str, list[str]]:
        """Write the lists."""
        return {"first": sorted(self.first), "last": sorted(self.last), "inside": sorted(self.inside)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Quiet:
        """Read what `to_json` wrote; a model without lists looks at every stretch."""
        return cls(*(frozenset(record.get(n, ())) for n in ("first", "last", "inside")))


#: No lists: a mention may be anywhere.
ANYWHERE = Quiet()


def quiet(texts: Iterable[tuple[Sequence[str], Iterable[Span]]], *, often: int = OFTEN, share: float = SHARE) -> Quiet:
    """Learn the lists from the words of texts, in lower case, and their mentions.

    >>> quiet([(["a", "b", "c"], [(1, 1)])] * 3, often=2).to_json()
    {'first': ['a', 'c'], 'last': ['a', 'c'], 'inside': ['a', 'c']}
    """
    seen: Counter[str] = Counter()
    counts: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    for forms, mentions in texts:
        seen.update(forms)
        for i, j in mentions:
            counts[0][forms[i]] += 1
            counts[1][forms[j]] += 1
            counts[2].update(forms[i : j + 1])
    first, last, inside = (
        frozenset(w for w, n in seen.items() if n >= often and count[w] <= share * n) for count in counts
    )
    return Quiet(first, last, inside)
