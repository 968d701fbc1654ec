"""Adapt the pretrained encoder to a field's language: masked-language training on plain texts."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kg.extract.pieces import Cutter, words
from kg.train.encoder import Encoder, load_minilm, minilm_folder

log = logging.getLogger(__name__)

Row = list[tuple[int, int, int, int]]  # piece, shape, section, number of its word


def rows(texts: Iterable[tuple[str, str]], cutter: Cutter, *, length: int = 256) -> list[Row]:
    """Cut (title, abstract) texts into rows of at most `length` pieces; short ones share a row."""
    out: list[Row] = []
    row: Row = []
    n = 0
    for title, abstract in texts:
        pieces: Row = []
        for section, part in ((1, title), (0, abstract)):
            cut = cutter.cut([part[a:b] for a, b in words(part)])
            bounds = [*cut.firsts, len(cut.numbers)]
            for i, (a, b) in enumerate(pairwise(bounds)):
                pieces += [(cut.numbers[j], cut.shapes[j], section, n + i) for j in range(a, b)]
            n += len(cut.firsts)
        pieces.append((cutter.sep, 0, 0, -1))
        for start in range(0, len(pieces), length - 1):
            part_ = pieces[start : start + length - 1]
            if row and len(row) + len(part_) > length:
                out.append(row)
                row = []
            row = (row or [(cutter.cls, 0, 0, -1)]) + part_
    return [*out, row] if row else out


def masked(row: Row, cutter: Cutter, draw: random.Random, share: float = 0.15) -> tuple[list[int], list[int]]:
    """Hide whole words: the row's pieces with holes, and the true pieces there (-100 elsewhere)."""
    chosen = {w for w in sorted({p[3] for p in row}) if w >= 0 and draw.random() < share}
    shown, truth = [], []
    for piece, _, _, word in row:
        if word not in chosen:
            shown.append(piece)
            truth.append(-100)
            continue
        luck = draw.random()
        shown.append(cutter.mask if luck < 0.8 else draw.randrange(1000, 30000) if luck < 0.9 else piece)
        truth.append(piece)
    return shown, truth


class MaskedHead(nn.Module):
    """Guess hidden pieces; the output matrix is the encoder's own word table."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        width = encoder.shape.width
        self.dense, self.norm = nn.Linear(width, width), nn.LayerNorm(width, eps=1e-12)
        self.bias = nn.Parameter(torch.zeros(encoder.shape.vocabulary))

    def forward(self, x: Tensor, table: Tensor, pieces: Tensor) -> Tensor:
        """Score some pieces of the vocabulary (`table` holds their vectors) for each vector."""
        return F.linear(self.norm(F.gelu(self.dense(x))), table, self.bias[pieces])


def adapt(
    texts: Sequence[tuple[str, str]],
    *,
    epochs: int = 1,
    batch: int = 16,
    rate: float = 5e-4,
    seed: int = 0,
    save: Path | None = None,
    save_every: int = 200,
) -> Encoder:
    """Train the encoder to fill holes in (title, abstract) texts; every step's loss goes to the log."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    cutter = Cutter.load(minilm_folder() / "tokenizer.json")
    data = rows(texts, cutter)
    seen = torch.tensor(sorted({p[0] for r in data for p in r}))  # only pieces that occur are ever guessed
    place = torch.full((int(seen.max()) + 1,), -100)
    place[seen] = torch.arange(len(seen))
    encoder = load_minilm(dropout=0.0)
    head = MaskedHead(encoder)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    total = epochs * math.ceil(len(data) / batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / max(1, total // 15), (total - s) / total)
    )
    step, begun, mean = 0, time.monotonic(), 0.0
    for _ in range(epochs):
        order = list(range(len(data)))
        draw.shuffle(order)
        for first in range(0, len(order), batch):
            part = [data[i] for i in order[first : first + batch]]
            longest = max(map(len, part))
            hidden = [masked(r, cutter, draw) for r in part]

            def grid(values: Iterable[Sequence[int]], fill: int = 0, longest: int = longest) -> Tensor:
                return torch.tensor([[*v, *[fill] * (longest - len(v))] for v in values])

            truth = grid((t for _, t in hidden), -100)
            with torch.autocast("cpu", torch.bfloat16):
                x = encoder(
                    grid(s for s, _ in hidden),
                    grid([p[1] for p in r] for r in part),
                    grid([p[2] for p in r] for r in part),
                    torch.tensor([len(r) for r in part]),
                )
                at = truth != -100
                guess = head(x[at], encoder.word.weight[seen], seen)
            loss = F.cross_entropy(guess.float(), place[truth[at]])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
            if step % 20 == 0 or step == total:
                log.info("step %d of %d: loss %.3f, %.0f s", step, total, mean, time.monotonic() - begun)
            if save and (step % save_every == 0 or step == total):
                torch.save(encoder.state_dict(), save)
    return encoder
