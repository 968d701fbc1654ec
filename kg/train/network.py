"""The network: one encoder, shared by heads for mentions, roles, relations and results.

Mentions are spans: each stretch of up to `WIDTH` words gets a score per type (Lee et al. 2017; Zhong and Chen
2021). An entity is the pool of its mentions; roles, relations and what a number belongs to are read from
entities, from the words between them, and from where they stand. All heads are sums of linear maps with ReLU
between, so that `kg.extract.heads` can repeat them in numpy.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kg.extract.decode import Hint
from kg.extract.features import (
    GAP_CLASSES,
    HINTS,
    PLAIN,
    SLOTS,
    UNITS,
    WIDTH,
    Pairs,
    Span,
    entity_features,
    hint_classes,
    pairs,
    ranks,
)
from kg.extract.pieces import Cutter
from kg.train.encoder import Encoder
from kg.train.examples import Example, Labels, Thing

#: Width of every hidden layer of the heads.
HIDDEN = 256
#: Losses by head: a sum, and the number of things it is summed over.
Losses = dict[str, tuple[Tensor, float]]


class SpanHead(nn.Module):
    """Score every stretch of words for every type; class 0 is "no mention"."""

    def __init__(self, width: int, n_types: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, HIDDEN)
        self.last = nn.Linear(width, HIDDEN, bias=False)
        self.mean = nn.Linear(width, HIDDEN, bias=False)
        self.size = nn.Embedding(WIDTH, HIDDEN)
        self.hint = nn.Embedding(len(HINTS), HIDDEN, padding_idx=0)
        nn.init.zeros_(self.hint.weight)
        self.out = nn.Linear(HIDDEN, n_types + 1)
        nn.init.constant_(self.out.bias.data[:1], 4.0)  # nearly every stretch of words is no mention
        self.drop = nn.Dropout(0.2)

    def forward(self, x: Tensor, hints: Sequence[Hint] = ()) -> Tensor:
        """Map word vectors [words, width] to scores [words, WIDTH, 1 + types]; ends past the text mean nothing."""
        n, x = x.shape[0], self.drop(x)
        start = torch.arange(n)[:, None]
        end = (start + torch.arange(WIDTH)[None, :]).clamp(max=n - 1)
        total = F.pad(self.mean(x).cumsum(0), (0, 0, 1, 0))
        size = torch.arange(1, WIDTH + 1)[None, :, None]
        inner = (total[end + 1] - total[start]) / size
        hidden = self.first(x)[:, None] + self.last(x)[end] + inner + self.size.weight[None]
        if hints:
            hidden = hidden + F.embedding(torch.from_numpy(hint_classes(hints, n)), self.hint.weight, 0)
        scores: Tensor = self.out(F.relu(hidden))
        return scores


class EntityHead(nn.Module):
    """Pool mentions into entities, and read the paper's role towards each."""

    def __init__(self, width: int, n_types: int, n_roles: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, HIDDEN)
        self.last = nn.Linear(width, HIDDEN, bias=False)
        self.mean = nn.Linear(width, HIDDEN, bias=False)
        self.kind = nn.Embedding(n_types, HIDDEN)
        self.drop = nn.Dropout(0.2)
        self.role_in = nn.Linear(2 * HIDDEN + PLAIN + n_types + width, HIDDEN)
        self.role_out = nn.Linear(HIDDEN, max(1, n_roles))

    def pool(self, x: Tensor, mentions: Sequence[Sequence[Span]], types: Tensor) -> Tensor:
        """Give [entities, 2 * HIDDEN]: maximum and mean over mentions."""
        i = torch.tensor([s[0] for m in mentions for s in m])
        j = torch.tensor([s[1] for m in mentions for s in m])
        owner = torch.tensor([n for n, m in enumerate(mentions) for _ in m])
        total = F.pad(x.cumsum(0), (0, 0, 1, 0))
        inner = (total[j + 1] - total[i]) / (j - i + 1)[:, None]
        m = F.relu(self.first(x[i]) + self.last(x[j]) + self.mean(inner) + self.kind(types)[owner])
        n = len(mentions)
        count = torch.bincount(owner, minlength=n)[:, None]
        mean = torch.zeros(n, HIDDEN).index_add(0, owner, m) / count
        starts = [0]
        for group in mentions[:-1]:
            starts.append(starts[-1] + len(group))
        most = max(map(len, mentions))
        rows = [[a + min(k, len(g) - 1) for k in range(most)] for a, g in zip(starts, mentions, strict=True)]
        padded = torch.tensor(rows)
        return torch.cat([m[padded].amax(1), mean], 1)

    def roles(self, pooled: Tensor, plain: Tensor, types: Tensor, whole: Tensor) -> Tensor:
        """Score the roles: [entities, roles]. `whole` [width] stands for the text."""
        n_types = self.kind.num_embeddings
        seen = torch.cat([pooled, plain, F.one_hot(types, n_types).float(), whole.expand(len(pooled), -1)], 1)
        scores: Tensor = self.role_out(self.drop(F.relu(self.role_in(self.drop(seen)))))
        return scores


class PairHead(nn.Module):
    """Score ordered pairs of two things by both, their product, the words between and their distance."""

    def __init__(self, width: int, one: int, other: int, extra: int, outputs: int, classes: int = 0) -> None:
        super().__init__()
        self.one = nn.Linear(one, HIDDEN)
        self.other = nn.Linear(other, HIDDEN, bias=False)
        self.key_one = nn.Linear(one, 64)
        self.key_other = nn.Linear(other, 64)
        self.both = nn.Linear(64, HIDDEN, bias=False)
        self.between = nn.Linear(width, HIDDEN, bias=False)
        self.extra = nn.Linear(extra, HIDDEN, bias=False)
        self.gap = nn.Embedding(GAP_CLASSES, HIDDEN)
        self.rank = nn.Embedding(max(1, classes), HIDDEN)
        self.out = nn.Linear(HIDDEN, outputs)
        self.drop = nn.Dropout(0.2)

    def forward(
        self, x: Tensor, one: Tensor, other: Tensor, extra: Tensor, near: Pairs, rank: Tensor | None = None
    ) -> Tensor:
        """Map [n, one], [m, other] to [n, m, outputs]; `extra` [m, extra] describes the others."""
        n, m = len(one), len(other)
        one, other = self.drop(one), self.drop(other)
        product = self.key_one(one)[:, None] * self.key_other(other)[None]
        product = self.drop(product)
        hidden = self.one(one)[:, None] + self.other(other)[None] + self.both(product) + self.extra(extra)[None]
        hidden = hidden + self.gap(torch.from_numpy(near.gaps)).view(n, m, -1)
        hidden = hidden + self.between(between(x, near)).view(n, m, -1)
        if rank is not None:
            hidden = hidden + self.rank(rank)
        scores: Tensor = self.out(F.relu(hidden))
        return scores


def between(x: Tensor, near: Pairs) -> Tensor:
    """Give the maximum over the words between each pair: [pairs, width], zero where there are none."""
    start = torch.from_numpy(near.between[:, 0])
    length = torch.from_numpy(near.between[:, 1] - near.between[:, 0] + 1)
    out = x.new_zeros(len(start), x.shape[1])
    some = torch.nonzero(length > 0)[:, 0]
    if not len(some):
        return out
    stretches, place = torch.unique(torch.stack([start[some], length[some]], 1), dim=0, return_inverse=True)
    at = torch.arange(int(stretches[:, 1].max()))
    index = stretches[:, :1] + at[None].minimum(stretches[:, 1:] - 1)
    top = x[index].amax(1)
    return out.index_copy(0, some, top[place])


class ResultHead(nn.Module):
    """Decide which quantities are results, of which kind, and what each slot points to."""

    def __init__(self, width: int, n_types: int, n_roles: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, HIDDEN)
        self.last = nn.Linear(width, HIDDEN, bias=False)
        self.mean = nn.Linear(width, HIDDEN, bias=False)
        self.left = nn.Linear(width, HIDDEN, bias=False)
        self.right = nn.Linear(width, HIDDEN, bias=False)
        self.hint = nn.Embedding(2, HIDDEN)
        self.unit = nn.Embedding(len(UNITS), HIDDEN)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(HIDDEN, 2)  # a result, a gain
        self.none = nn.Linear(HIDDEN, len(SLOTS))
        extra = PLAIN + n_types + max(1, n_roles)
        self.points = PairHead(width, HIDDEN, 2 * HIDDEN, extra, len(SLOTS), classes=3)

    def pool(self, x: Tensor, spans: Sequence[Span], hints: Tensor) -> Tensor:
        """Give [quantities, HIDDEN]."""
        i, j = torch.tensor([s[0] for s in spans]), torch.tensor([s[1] for s in spans])
        total = F.pad(x.cumsum(0), (0, 0, 1, 0))
        inner = (total[j + 1] - total[i]) / (j - i + 1)[:, None]
        hidden = self.first(x[i]) + self.last(x[j]) + self.mean(inner)
        hidden = hidden + self.left(x[(i - 1).clamp(min=0)]) + self.right(x[(j + 1).clamp(max=len(x) - 1)])
        return F.relu(hidden + self.hint(hints[:, 0]) + self.unit(hints[:, 1]))


class Heads(nn.Module):
    """The heads of one label set; those that its data does not need are left out."""

    def __init__(self, labels: Labels, width: int) -> None:
        super().__init__()
        self.labels = labels
        n_types, n_roles = len(labels.types), len(labels.roles)
        self.span = SpanHead(width, n_types)
        if labels.roles or labels.relations or labels.results:
            self.entity = EntityHead(width, n_types, n_roles)
        if labels.relations:
            extra = PLAIN + n_types + max(1, n_roles)
            self.relation = PairHead(width, 2 * HIDDEN + extra, 2 * HIDDEN, extra, len(labels.relations))
            nn.init.constant_(self.relation.out.bias, -4.0)  # nor do most pairs have a relation
        if labels.results:
            self.result = ResultHead(width, n_types, n_roles)

    def describe(self, pooled: Tensor, plain: Tensor, types: Tensor, roles: Tensor) -> Tensor:
        """Join what pair heads see of entities besides vectors: places, type and role probabilities."""
        return torch.cat([plain, F.one_hot(types, len(self.labels.types)).float(), roles], 1)

    def loss(self, x: Tensor, whole: Tensor, e: Example) -> Losses:
        """Sum the losses of one text; `x` [words, width], `whole` [width].

        Each comes with the number of things it is summed over, so that a mean does not depend on the batch.
        """
        losses = {"mention": self._mention_loss(x, e)}
        if not e.things or not hasattr(self, "entity"):
            return losses
        types = torch.tensor([self.labels.types.index(t.type) for t in e.things])
        mentions = [t.mentions for t in e.things]
        plain = torch.from_numpy(entity_features(mentions, n_words=len(e.words), n_title=e.n_title))
        pooled = self.entity.pool(x, mentions, types)
        if self.labels.roles:
            scores = self.entity.roles(pooled, plain, types, whole)
            if e.soft:
                truth = _floats(e.soft.roles)
            else:
                truth = torch.tensor([self.labels.roles.index(t.role) if t.role else -100 for t in e.things])
            losses["role"] = F.cross_entropy(scores, truth, reduction="sum"), len(e.things)
            roles = scores.detach().softmax(1)
        else:
            roles = torch.zeros(len(e.things), 1)
        extra = self.describe(pooled, plain, types, roles)
        if self.labels.relations and len(e.things) > 1:
            near = pairs(mentions, mentions)
            scores = self.relation(x, torch.cat([pooled, extra], 1), pooled, extra, near)
            off = ~torch.eye(len(e.things), dtype=torch.bool)
            goal = torch.zeros_like(scores)
            if e.soft:
                goal = _floats(e.soft.relations)
            for h, r, t in e.relations:
                goal[h, t, self.labels.relations.index(r)] = 1
            loss = F.binary_cross_entropy_with_logits(scores[off], goal[off], reduction="sum")
            losses["relation"] = loss, float(goal[off].sum())
        if self.labels.results and e.candidates.spans and (e.answers or e.soft):
            losses |= self._result_loss(x, e, mentions, types, pooled, extra)
        return losses

    def _mention_loss(self, x: Tensor, e: Example) -> tuple[Tensor, float]:
        scores = self.span(x, e.hints)
        n = len(e.words)
        outside = torch.arange(n)[:, None] + torch.arange(WIDTH)[None] >= n
        if e.soft:
            soft = _floats(e.soft.mentions)
            loss = F.cross_entropy(scores[~outside], soft[~outside], reduction="sum")
            return loss, float((1 - soft[..., 0])[~outside].sum())
        truth = torch.zeros(n, WIDTH, dtype=torch.long)
        truth[outside] = -100
        for t in e.things:
            for i, j in t.mentions:
                truth[i, j - i] = 1 + self.labels.types.index(t.type)
        loss = F.cross_entropy(scores.flatten(0, 1), truth.flatten(), reduction="sum")
        return loss, sum(len(t.mentions) for t in e.things)

    def _result_loss(
        self, x: Tensor, e: Example, mentions: Sequence[Sequence[Span]], types: Tensor, pooled: Tensor, extra: Tensor
    ) -> Losses:
        found = e.candidates
        q = self.result.pool(x, found.spans, torch.from_numpy(found.hints))
        scores = self.result.out(self.result.drop(q))
        rank = torch.from_numpy(ranks(found, mentions, types.tolist(), e.sentences))
        near = pairs([[s] for s in found.spans], mentions)
        points = self.result.points(x, q, pooled, extra, near, rank)
        points = torch.cat([self.result.none(q)[:, None], points], 1)  # [quantities, 1 + entities, slots]
        if e.soft:
            said = _floats(e.soft.results)
            is_result, gain = said[:, 0], said[:, 1]
            goal = _floats(e.soft.points)
        else:
            is_result = torch.tensor([float(a.result) for a in e.answers])
            gain = torch.tensor([float(a.kind == "gain") for a in e.answers])
            goal = torch.zeros_like(points)
            for n, a in enumerate(e.answers):
                for k, slot in enumerate(SLOTS):
                    goal[n, 1 + a.slots[slot] if slot in a.slots else 0, k] = 1
        loss = F.binary_cross_entropy_with_logits(scores[:, 0], is_result, reduction="sum")
        loss = loss + (F.binary_cross_entropy_with_logits(scores[:, 1], gain, reduction="none") * is_result).sum()
        pointing = -(goal * points.log_softmax(1)).sum(1) * is_result[:, None]
        return {
            "result": (loss, len(found.spans)),
            "points": (pointing.sum(), len(SLOTS) * float(is_result.sum())),
        }


def _floats(halves: npt.NDArray[np.float16]) -> Tensor:
    return torch.from_numpy(halves.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples as padded pieces, and where each one's words begin."""

    examples: list[Example]
    pieces: Tensor
    shapes: Tensor
    sections: Tensor
    lengths: Tensor
    firsts: list[Tensor]


def batch(examples: Sequence[Example], cutter: Cutter, positions: int) -> Batch:
    """Cut examples into pieces and pad them to one length; words past the encoder's end are dropped."""
    cuts, kept = [], []
    for e in examples:
        cut = cutter.cut([e.text[a:b] for a, b in e.words])
        last = positions - 2
        ends = [*cut.firsts[1:], len(cut.numbers)]
        n = bisect_right(ends, last)  # words that are inside with all their pieces
        kept.append(shorten(e, n))
        cuts.append((cut, n))
    rows, firsts = [], []
    for (cut, n), e in zip(cuts, kept, strict=True):
        end = cut.firsts[n] if n < len(cut.firsts) else len(cut.numbers)
        title = cut.firsts[e.n_title] if e.n_title < len(cut.firsts) else len(cut.numbers)
        rows.append(
            (
                [cutter.cls, *cut.numbers[:end], cutter.sep],
                [0, *cut.shapes[:end], 0],
                [0, *(int(k < title) for k in range(end)), 0],
            )
        )
        firsts.append(torch.tensor(cut.firsts[:n]) + 1)
    longest = max(len(r[0]) for r in rows)

    def grid(k: int) -> Tensor:
        return torch.tensor([r[k] + [0] * (longest - len(r[k])) for r in rows])

    return Batch(kept, grid(0), grid(1), grid(2), torch.tensor([len(r[0]) for r in rows]), firsts)


def shorten(e: Example, n: int) -> Example:
    """Keep the first `n` words of an example, and what stands inside them."""
    from dataclasses import replace

    if n >= len(e.words):
        return e
    place: dict[int, int] = {}
    things: list[Thing] = []
    for k, t in enumerate(e.things):
        inside = tuple(s for s in t.mentions if s[1] < n)
        if inside:
            place[k] = len(things)
            things.append(replace(t, mentions=inside))
    keep = [k for k, s in enumerate(e.candidates.spans) if s[1] < n]
    found = replace(
        e.candidates,
        quantities=[e.candidates.quantities[k] for k in keep],
        spans=[e.candidates.spans[k] for k in keep],
        hints=e.candidates.hints[np.array(keep, np.int64)],
    )
    answers = [e.answers[k] for k in keep] if e.answers else []
    soft = None
    if e.soft:
        ids = np.array(sorted(place), np.int64)
        slots = np.concatenate([[0], 1 + ids])
        soft = replace(
            e.soft,
            mentions=e.soft.mentions[:n],
            roles=e.soft.roles[ids],
            relations=e.soft.relations[np.ix_(ids, ids)],
            results=e.soft.results[keep],
            points=e.soft.points[keep][:, slots],
        )
    return replace(
        e,
        words=e.words[:n],
        sentences=e.sentences[:n],
        things=tuple(things),
        hints=tuple(h for h in e.hints if h[1] < n),
        relations=tuple((place[h], r, place[t]) for h, r, t in e.relations if h in place and t in place),
        candidates=found,
        answers=tuple(replace(a, slots={s: place[t] for s, t in a.slots.items() if t in place}) for a in answers),
        soft=soft,
    )


class Network(nn.Module):
    """An encoder and the heads of one or more label sets, by name."""

    def __init__(self, encoder: Encoder, tasks: dict[str, Labels]) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleDict({name: Heads(labels, encoder.shape.width) for name, labels in tasks.items()})

    def vectors(self, b: Batch) -> list[tuple[Tensor, Tensor]]:
        """Give each example's word vectors [words, width] and the vector of the whole [width]."""
        with torch.autocast("cpu", torch.bfloat16):
            x = self.encoder(b.pieces, b.shapes, b.sections, b.lengths, b.firsts)
        x = x.float()
        return [(x[k, 1 : 1 + len(first)], x[k, 0]) for k, first in enumerate(b.firsts)]

    def losses(self, task: str, b: Batch) -> Losses:
        """Sum the losses of a batch by head, and what each was summed over."""
        total: Losses = {}
        for e, (x, whole) in zip(b.examples, self.vectors(b), strict=True):
            if not e.words:
                continue
            for name, (value, size) in self.heads[task].loss(x, whole, e).items():  # type: ignore[operator]
                old = total.get(name)
                total[name] = (old[0] + value, old[1] + size) if old else (value, size)
        return total
