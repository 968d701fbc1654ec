"""The model's heads in numpy: the same sums of linear maps as `kg.train.network`, without torch.

A parity test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from kg.extract.features import (
    SLOTS,
    WIDTH,
    Candidates,
    Floats,
    Numbers,
    Pairs,
    Span,
    entity_features,
    hint_classes_at,
    pairs,
    ranks,
)
from kg.extract.quiet import ANYWHERE, Quiet

#: Longest mention that is read, in words: longer ones are learned from, but too rare to look for.
READ = 9


def softmax(scores: Floats, axis: int = -1) -> Floats:
    """Turn scores into probabilities along an axis."""
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    out: Floats = e / e.sum(axis=axis, keepdims=True)
    return out


def sigmoid(scores: Floats) -> Floats:
    """Turn scores into probabilities, each for itself."""
    out: Floats = np.float32(1) / (np.float32(1) + np.exp(-np.clip(scores, -60, 60)))
    return out


def _totals(x: Floats) -> Floats:
    """Sum of everything before each row, so that a stretch's sum is one difference."""
    return np.concatenate([np.zeros((1, x.shape[1]), x.dtype), np.cumsum(x, 0, dtype=x.dtype)])


def _means(x: Floats, i: Numbers, j: Numbers) -> Floats:
    """Average the rows from i to j: few and short stretches, so one step for each further row of the longest."""
    out = x[i]
    for k in range(1, int((j - i).max(initial=0)) + 1):
        longer = np.flatnonzero(i + k <= j)
        out[longer] += x[i[longer] + k]
    out /= (j - i + 1).astype(np.float32)[:, None]
    return out


def _tops(x: Floats, first: Numbers, last: Numbers) -> Floats:
    """Give the maximum over the rows from first to last: that of two stretches whose length is a power of two."""
    exponent = np.frexp((last - first + 1).astype(np.float64))[1] - 1
    out = np.empty((len(first), x.shape[1]), x.dtype)
    level = x
    for k in range(int(exponent.max(initial=-1)) + 1):
        if k:
            level = np.maximum(level[: -(1 << (k - 1))], level[1 << (k - 1) :])
        here = np.flatnonzero(exponent == k)
        out[here] = np.maximum(level[first[here]], level[last[here] + 1 - (1 << k)])
    return out


class Heads:
    """Reads mentions, roles, relations and results off word vectors."""

    def __init__(
        self,
        weights: Mapping[str, Floats],
        *,
        types: Sequence[str],
        roles: Sequence[str] = (),
        relations: Sequence[str] = (),
        results: bool = False,
        quiet: Quiet = ANYWHERE,
    ) -> None:
        self.quiet = quiet
        self.types, self.roles, self.relations, self.results = tuple(types), tuple(roles), tuple(relations), results
        # Matrices are turned once, so that each use is `x @ w`.
        self._w = {
            k: np.ascontiguousarray(w.T if w.ndim == 2 and not k.endswith(_TABLES) else w, np.float32)
            for k, w in weights.items()
        }
        self._span = [self._w[f"span.{part}.weight"] for part in ("first", "last", "mean")]
        self._sizes = self._w["span.size.weight"] + self._w["span.first.bias"]

    def _linear(self, name: str, x: Floats) -> Floats:
        out: Floats = x @ self._w[f"{name}.weight"]
        bias = self._w.get(f"{name}.bias")
        return out if bias is None else out + bias

    @property
    def hinted(self) -> bool:
        """Whether they were trained to look at what the rules say of a stretch of words."""
        return "span.hint.weight" in self._w

    def spans(
        self,
        x: Floats,
        hints: Iterable[tuple[int, int, int]] = (),
        forms: Sequence[str] | None = None,
        parts: Floats | None = None,
    ) -> Floats:
        """Give the probability of every type for every stretch: [words, WIDTH, 1 + types]; class 0 is none.

        `hints` are the mentions that the rules find: first word, last word, number of the type in the schema.
        `forms` are the words in lower case. Stretches that would end past the text, are longer than READ words, or
        have a word where no mention has it, have no mention. `parts` [words, 3 * hidden] are the projections of the
        words as the first, the last and any one of a mention, where they are known.
        """
        n, types = len(x), 1 + len(self.types)
        out = np.zeros((n, WIDTH, types), np.float32)
        out[:, :, 0] = 1
        i, k = (self.quiet if forms is not None else ANYWHERE).stretches(forms or [""] * n, READ)
        if not len(i):
            return out
        if parts is not None:
            first, last, mean = np.split(parts, 3, axis=1)
        else:
            first, last, mean = (np.zeros((n, w.shape[1]), np.float32) for w in self._span)
            # Only the words that some stretch begins with, ends with or holds.
            inner = np.cumsum(np.bincount(i, minlength=n + 1) - np.bincount(i + k + 1, minlength=n + 1))
            for part, used, w in zip((first, last, mean), (i, i + k, np.flatnonzero(inner)), self._span, strict=True):
                rows = np.unique(used)
                part[rows] = x[rows] @ w
        total = _totals(mean)
        hidden = total[i + k + 1]
        hidden -= total[i]
        hidden *= (1 / (k + 1)).astype(np.float32)[:, None]
        hidden += first[i]
        hidden += last[i + k]
        hidden += self._sizes[k]
        if self.hinted:
            said = hint_classes_at(hints, i, i + k)
            rows = np.flatnonzero(said)
            hidden[rows] += self._w["span.hint.weight"][said[rows]]
        np.maximum(hidden, 0, out=hidden)
        out[i, k] = softmax(self._linear("span.out", hidden))
        return out

    def pool(self, x: Floats, mentions: Sequence[Sequence[Span]], types: Sequence[int]) -> Floats:
        """Give each entity one vector: the maximum and the mean over its mentions."""
        flat = np.array([s for m in mentions for s in m], np.int64)
        i, j = flat[:, 0], flat[:, 1]
        inner = _means(x, i, j)
        owner = np.repeat(np.arange(len(mentions)), [len(m) for m in mentions])
        m = self._linear("entity.first", x[i]) + self._linear("entity.last", x[j]) + self._linear("entity.mean", inner)
        m = np.maximum(m + self._w["entity.kind.weight"][np.asarray(types)[owner]], 0)
        starts = np.concatenate([[0], np.cumsum([len(g) for g in mentions])[:-1]])
        mean = np.add.reduceat(m, starts) / np.array([[len(g)] for g in mentions], np.float32)
        out: Floats = np.concatenate([np.maximum.reduceat(m, starts), mean], 1)
        return out

    def entities(
        self, x: Floats, whole: Floats, mentions: Sequence[Sequence[Span]], types: Sequence[int], *, n_title: int
    ) -> tuple[Floats, Floats, Floats]:
        """Give entities' vectors, their descriptions for the pair heads, and the probability of each role."""
        pooled = self.pool(x, mentions, types)
        plain = entity_features(mentions, n_words=len(x), n_title=n_title)
        kinds = np.eye(len(self.types), dtype=np.float32)[np.asarray(types)]
        if self.roles:
            seen = np.concatenate([pooled, plain, kinds, np.repeat(whole[None], len(pooled), 0)], 1)
            hidden = np.maximum(self._linear("entity.role_in", seen), 0)
            roles = softmax(self._linear("entity.role_out", hidden))
        else:
            roles = np.zeros((len(pooled), 1), np.float32)
        return pooled, np.concatenate([plain, kinds, roles], 1), roles

    def _pair(
        self, head: str, x: Floats, one: Floats, other: Floats, extra: Floats, near: Pairs, rank: Numbers | None = None
    ) -> Floats:
        n, m = len(one), len(other)
        product = self._linear(f"{head}.key_one", one)[:, None] * self._linear(f"{head}.key_other", other)[None]
        hidden = self._linear(f"{head}.both", product)
        hidden += self._linear(f"{head}.one", one)[:, None]
        hidden += (self._linear(f"{head}.other", other) + self._linear(f"{head}.extra", extra))[None]
        hidden += self._w[f"{head}.gap.weight"][near.gaps].reshape(n, m, -1)
        hidden += self._between(head, x, near).reshape(n, m, -1)
        if rank is not None:
            hidden += self._w[f"{head}.rank.weight"][rank]
        return self._linear(f"{head}.out", np.maximum(hidden, 0))

    def _between(self, head: str, x: Floats, near: Pairs) -> Floats:
        """Project the maximum over the words between each pair; the same stretch only once."""
        keys, place = np.unique(near.between[:, 0] * (len(x) + 1) + near.between[:, 1] + 1, return_inverse=True)
        stretches = np.stack([keys // (len(x) + 1), keys % (len(x) + 1) - 1], 1)
        top = np.zeros((len(stretches), x.shape[1]), np.float32)
        some = np.flatnonzero(stretches[:, 1] >= stretches[:, 0])
        if len(some):
            top[some] = _tops(x, stretches[some, 0], stretches[some, 1])
        out: Floats = self._linear(f"{head}.between", top)[place.reshape(-1)]
        return out

    def pairs(self, x: Floats, pooled: Floats, extra: Floats, mentions: Sequence[Sequence[Span]]) -> Floats:
        """Give the probability of every relation between ordered entities: [heads, tails, relations]."""
        near = pairs(mentions, mentions)
        scores = self._pair("relation", x, np.concatenate([pooled, extra], 1), pooled, extra, near)
        found = sigmoid(scores)
        found[np.arange(len(pooled)), np.arange(len(pooled))] = 0
        return found

    def quantities(
        self,
        x: Floats,
        found: Candidates,
        pooled: Floats,
        extra: Floats,
        mentions: Sequence[Sequence[Span]],
        types: Sequence[int],
        sentence: Sequence[int],
    ) -> tuple[Floats, Floats]:
        """Give, per quantity, (probability of a result, of a gain), and what each slot points to.

        The second has shape [quantities, 1 + entities, slots]; place 0 is "nothing".
        """
        spans = np.array(found.spans, np.int64)
        i, j = spans[:, 0], spans[:, 1]
        inner = _means(x, i, j)
        hidden = self._linear("result.first", x[i]) + self._linear("result.last", x[j])
        hidden += self._linear("result.mean", inner)
        hidden += self._linear("result.left", x[np.maximum(i - 1, 0)])
        hidden += self._linear("result.right", x[np.minimum(j + 1, len(x) - 1)])
        hidden += self._w["result.hint.weight"][found.hints[:, 0]] + self._w["result.unit.weight"][found.hints[:, 1]]
        q = np.maximum(hidden, 0)
        none = self._linear("result.none", q)[:, None]
        if len(pooled):
            near = pairs([[s] for s in found.spans], mentions)
            rank = ranks(found, mentions, types, sentence)
            points = self._pair("result.points", x, q, pooled, extra, near, rank)
            none = np.concatenate([none, points], 1)
        assert none.shape[2] == len(SLOTS)
        return sigmoid(self._linear("result.out", q)), softmax(none, axis=1)


#: Parameters that are looked up by row, not multiplied.
_TABLES = ("size.weight", "kind.weight", "gap.weight", "rank.weight", "hint.weight", "unit.weight")
