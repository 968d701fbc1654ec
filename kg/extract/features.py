"""What the model's heads look at besides vectors: which words stand where, and how far apart.

Both the trainer and the runtime use these functions, so that the two see the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kg.extract.quantities import Quantity
from kg.schema import TYPES

#: A stretch of words, first and last (both inside).
Span = tuple[int, int]

#: Longest mention, in words.
WIDTH = 12
#: Words between two things that are looked at, and how gaps are told apart.
CONTEXT = 48
GAPS = (1, 3, 6, 12, 24, 48, 96)
#: Classes of units that a quantity may have.
UNITS = ("%", "x", "points", "", "other")
#: What a result points to.
SLOTS = ("subject", "baseline", "dataset", "task", "hardware", "metric")
#: Numbers that describe an entity, before its type.
PLAIN = 5
#: What the rules say of a stretch of words: nothing, that it crosses a name's border, lies inside a name, or is one.
HINTS = ("", "crosses", "inside", *TYPES)

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[$\\]*[A-Z0-9])|\n")


def sentences(text: str, words: Sequence[tuple[int, int]]) -> list[int]:
    """Number the sentence of every word.

    >>> sentences("A b. C", [(0, 1), (2, 3), (3, 4), (5, 6)])
    [0, 0, 0, 1]
    """
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    out, n = [], 0
    for start, _ in words:
        while n < len(ends) and ends[n] <= start:
            n += 1
        out.append(n)
    return out


def entity_features(mentions: Sequence[Sequence[Span]], *, n_words: int, n_title: int) -> Floats:
    """Describe entities by where they stand: [entities, PLAIN] (title, count, first, last, abbreviated spread)."""
    rows = []
    for spans in mentions:
        first, last = min(s[0] for s in spans), max(s[0] for s in spans)
        rows.append(
            (
                float(any(s[0] < n_title for s in spans)),
                min(len(spans), 8) / 4,
                first / max(1, n_words),
                last / max(1, n_words),
                float(len(spans) == 1),
            )
        )
    return np.array(rows, np.float32).reshape(-1, PLAIN)


def _gap_class(gap: int, before: bool) -> int:
    n = sum(gap >= g for g in GAPS)
    return 2 * n + int(before)


#: Number of classes that `closest` tells apart.
GAP_CLASSES = 2 * (len(GAPS) + 1)


def closest(one: Sequence[Span], other: Sequence[Span]) -> tuple[int, Span, Span, Span]:
    """Find the two mentions that stand nearest: gap class, each one's span, and the words between.

    The stretch between is empty (its end before its start) when they touch or stand too far apart.

    >>> closest([(0, 1), (9, 9)], [(12, 12)])
    (3, (9, 9), (12, 12), (10, 11))
    """
    best: tuple[int, Span, Span] | None = None
    for a in one:
        for b in other:
            gap = b[0] - a[1] - 1 if a[0] <= b[0] else a[0] - b[1] - 1
            if best is None or gap < best[0]:
                best = (gap, a, b)
    assert best is not None
    gap, a, b = best
    before = a[0] <= b[0]
    between = ((a[1] + 1, b[0] - 1) if before else (b[1] + 1, a[0] - 1)) if 0 < gap <= CONTEXT else (0, -1)
    return _gap_class(max(gap, 0), before), a, b, between


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of things: gap class [n], and the first and last word between [n, 2]."""

    gaps: Numbers
    between: Numbers


def pairs(ones: Sequence[Sequence[Span]], others: Sequence[Sequence[Span]]) -> Pairs:
    """Describe all pairs (one, other), row by row; what `closest` says of each, for all at once.

    >>> near = pairs([[(0, 1), (9, 9)]], [[(12, 12)], [(3, 4)]])
    >>> near.gaps.tolist(), near.between.tolist()
    ([3, 3], [[10, 11], [2, 2]])
    """
    if not ones or not others:
        return Pairs(np.zeros(0, np.int64), np.zeros((0, 2), np.int64))
    one, row = _flat(ones)
    other, column = _flat(others)
    before = one[:, :1] <= other[None, :, 0]
    gaps = np.where(before, other[None, :, 0] - one[:, 1:] - 1, one[:, :1] - other[None, :, 1] - 1)
    # The smallest gap of each pair, and of equal ones the first: both in one number.
    keys = gaps * gaps.size + np.arange(gaps.size).reshape(gaps.shape)
    best = np.minimum.reduceat(np.minimum.reduceat(keys, row, axis=0), column, axis=1).reshape(-1)
    gap, place = np.divmod(best, gaps.size)
    a, b = one[place // len(other)], other[place % len(other)]
    first = a[:, 0] <= b[:, 0]
    start, end = np.where(first, a[:, 1], b[:, 1]) + 1, np.where(first, b[:, 0], a[:, 0]) - 1
    near = (gap > 0) & (gap <= CONTEXT)
    classes = 2 * np.searchsorted(GAPS, np.maximum(gap, 0), side="right") + first
    return Pairs(classes.astype(np.int64), np.stack([np.where(near, start, 0), np.where(near, end, -1)], 1))


def _flat(groups: Sequence[Sequence[Span]]) -> tuple[Numbers, Numbers]:
    """Give all spans of groups in one array, and where each group begins."""
    sizes = [len(g) for g in groups]
    return np.array([s for g in groups for s in g], np.int64), np.cumsum([0, *sizes[:-1]])


def hint_classes(hints: Iterable[tuple[int, int, int]], n_words: int) -> Numbers:
    """Tell what hints `(first, last, type)` say of every stretch of words: [words, WIDTH], indices into HINTS.

    >>> hint_classes([(1, 2, 0)], 4)[:, :3].tolist()
    [[0, 1, 0], [2, 3, 0], [2, 1, 1], [0, 0, 0]]
    """
    first, more = np.divmod(np.arange(n_words * WIDTH), WIDTH)
    return hint_classes_at(hints, first, first + more).reshape(n_words, WIDTH)


def hint_classes_at(hints: Iterable[tuple[int, int, int]], first: Numbers, last: Numbers) -> Numbers:
    """Tell what hints `(first, last, type)` say of some stretches of words, as indices into HINTS.

    >>> hint_classes_at([(1, 2, 0)], np.array([0, 1, 1, 2]), np.array([1, 1, 2, 3])).tolist()
    [1, 2, 3, 1]
    """
    spans = sorted(hints)
    if not spans or not len(first):
        return np.zeros(len(first), np.int64)
    a, b, types = np.array(spans, np.int64).T[:, None]
    f, t = first[:, None], last[:, None]
    crosses = (f <= b) & (t >= a) & ((f > a) & (t > b) | (f < a) & (t < b))
    inside = (f >= a) & (t <= b)
    out: Numbers = (2 * inside + crosses).max(1)
    rows, which = np.nonzero((f == a) & (t == b))
    out[rows] = np.array([HINTS.index(name) for name in TYPES])[types[0, which]]
    return out


def unit_class(unit: str) -> int:
    """Class a unit, as an index into UNITS."""
    return UNITS.index(unit) if unit in UNITS else len(UNITS) - 1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Quantities that may be results, in words: spans, features [n, 2] (kind hint, unit class), sentence numbers."""

    quantities: list[Quantity] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    hints: Numbers = field(default_factory=lambda: np.zeros((0, 2), np.int64))


def candidates(quantities: Sequence[Quantity], words: Sequence[tuple[int, int]]) -> Candidates:
    """Place quantities on words; one that no word touches is left out."""
    kept, spans, hints = [], [], []
    starts = np.array([a for a, _ in words], np.int64)
    ends = np.array([b for _, b in words], np.int64)
    for q in quantities:
        i = int(np.searchsorted(ends, q.start, side="right"))
        j = int(np.searchsorted(starts, q.end, side="left")) - 1
        if i <= j:
            kept.append(q)
            spans.append((i, j))
            hints.append((int(q.kind == "gain"), unit_class(q.unit)))
    return Candidates(kept, spans, np.array(hints, np.int64).reshape(-1, 2))


def ranks(
    found: Candidates, mentions: Sequence[Sequence[Span]], types: Sequence[int], sentence: Sequence[int]
) -> Numbers:
    """Tell for each quantity and entity whether they are the same member of two lists of one sentence.

    "74.1 and 75.2 on A and B": 2 for (74.1, A) and (75.2, B), 1 for the crossed pairs, 0 where there are no
    two lists of one length. Shape [quantities, entities].
    """
    out = np.zeros((len(found.spans), len(mentions)), np.int64)
    for s in {sentence[i] for i, _ in found.spans}:
        here = [n for n, (i, _) in enumerate(found.spans) if sentence[i] == s]
        by_unit: dict[str, list[int]] = {}
        for n in here:
            by_unit.setdefault(found.quantities[n].unit, []).append(n)
        by_type: dict[int, list[tuple[int, int]]] = {}
        for e, spans in enumerate(mentions):
            inside = [a for a, _ in spans if sentence[a] == s]
            if inside:
                by_type.setdefault(types[e], []).append((min(inside), e))
        for numbers in by_unit.values():
            for things in by_type.values():
                if len(numbers) == len(things) > 1:
                    for r, n in enumerate(numbers):
                        for k, (_, e) in enumerate(sorted(things)):
                            out[n, e] = 2 if r == k else 1
    return out
