"""Fit a network to examples: joint training of all heads, with averaged weights."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kg.extract.decode import Reading
from kg.extract.features import Floats
from kg.extract.heads import Heads
from kg.extract.pieces import Cutter
from kg.extract.quiet import ANYWHERE, Quiet
from kg.train.encoder import Encoder
from kg.train.examples import Example, Labels, labels
from kg.train.network import Losses, Network, batch
from kg.train.team import Team, assembled

log = logging.getLogger(__name__)

#: Name of the label set that a model is made for; others only help to train the encoder.
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; recorded in every model."""

    epochs: int = 9
    batch: int = 8
    words: int = 2200
    rate: float = 2e-4
    head_rate: float = 1e-3
    warmup: float = 0.1
    decay: float = 0.01
    dropout: float = 0.2
    hidden: float = 0.15  # share of the pieces that are hidden from the encoder: a cheap regulariser
    average: float = 0.99
    last: int = 1  # epochs at whose ends the running averages are averaged into what comes back
    helpers: float = 0.5
    weights: Mapping[str, float] | None = None
    soft: int = 1  # passes over what a teacher has read, before the annotations
    finish: int = 0  # passes over the gold alone at the end, each from the same weights, averaged: where others'
    # annotations were learned from as well
    seed: int = 0

    def first(self) -> Recipe:
        """Give the recipe of the stage before the annotations."""
        return replace(self, epochs=self.soft)

    def final(self, n: int) -> Recipe:
        """Give the recipe of one pass over the gold alone: slower, so that nothing learned is lost."""
        return replace(
            self, epochs=1, last=1, rate=FINAL["rate"], head_rate=FINAL["head_rate"], seed=self.seed + n,
            average=min(self.average, 0.98),
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Write all of it."""
        return asdict(self)


#: Learning rates of the passes over the gold alone.
FINAL = {"rate": 5e-5, "head_rate": 2.5e-4}
#: How much each loss counts.
WEIGHTS = {"mention": 1.0, "role": 0.5, "relation": 0.35, "result": 0.5, "points": 0.3}


def batches(examples: Sequence[Example], recipe: Recipe, draw: random.Random) -> Iterator[list[Example]]:
    """Shuffle examples into batches of like length, bounded in examples and words."""
    order = list(examples)
    draw.shuffle(order)
    cut: list[list[Example]] = []
    # Plain spans often come as single sentences, and in small sets: more of them make a batch, but a quarter of the
    # words, so that there are steps enough.
    papers = any(e.grouped for e in examples[:1])
    most, room = (recipe.batch, recipe.words) if papers else (3 * recipe.batch, recipe.words // 4)
    for first in range(0, len(order), 16 * recipe.batch):
        part = sorted(order[first : first + 16 * recipe.batch], key=lambda e: len(e.words))
        row: list[Example] = []
        for e in part:
            if row and (len(row) >= most or (len(row) + 1) * len(e.words) > room):
                cut.append(row)
                row = []
            row.append(e)
        cut.append(row)
    draw.shuffle(cut)
    yield from cut


def fit(
    encoder: Encoder,
    cutter: Cutter,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    helpers: Mapping[str, Sequence[Example]] | None = None,
    main: Labels | None = None,
    begun: Network | None = None,
    processes: int = 1,
) -> Network:
    """Train the encoder and new heads; `helpers` are other sets of annotations, each with heads of its own.

    `begun` is a network that learned the same labels before (from a teacher): its heads and encoder go on.
    Every epoch's losses go to the log. The weights that come back are a running average. With more than one of
    `processes`, each takes its share of every batch.
    """
    arguments = {
        "encoder": encoder, "cutter": cutter, "examples": examples, "recipe": recipe, "helpers": helpers or {},
        "main": main or labels(examples), "begun": begun,
    }  # fmt: skip
    with assembled(processes, _fit, arguments) as team:
        return _fit(**arguments, team=team)  # type: ignore[arg-type]  # of several types


def _fit(
    encoder: Encoder,
    cutter: Cutter,
    examples: Sequence[Example],
    recipe: Recipe,
    helpers: Mapping[str, Sequence[Example]],
    main: Labels,
    begun: Network | None,
    team: Team,
) -> Network:
    torch.manual_seed(recipe.seed)
    draw = random.Random(recipe.seed)
    tasks = {MAIN: main, **{n: labels(e) for n, e in helpers.items()}}
    encoder.dropout = recipe.dropout
    for layer in encoder.layers:
        layer.dropout = recipe.dropout
    network = Network(encoder, tasks)
    if begun is not None:
        network.heads[MAIN].load_state_dict(begun.heads[MAIN].state_dict())
    encoder.word.weight.requires_grad_(False)  # the pretrained word table: too large to learn from so little
    body = [p for p in encoder.parameters() if p.requires_grad]
    heads = list(network.heads.parameters())
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}],
        weight_decay=recipe.decay,
        fused=True,
    )
    per_epoch = [len(list(batches(e, recipe, random.Random(0)))) for e in (examples, *helpers.values())]
    total = recipe.epochs * (per_epoch[0] + sum(math.ceil(recipe.helpers * n) for n in per_epoch[1:]))
    warm = max(1, int(total * recipe.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, max(0.02, (total - s) / (total - warm + 1)))
    )
    trained = [p for p in network.parameters() if p.requires_grad]
    mean = [p.detach().clone() for p in trained]
    kept = [torch.zeros_like(p) for p in mean]
    last = min(recipe.last, recipe.epochs)
    weights = {**WEIGHTS, **(recipe.weights or {})}
    step, started = 0, time.monotonic()
    torch.manual_seed(recipe.seed + 1000 * team.rank)  # what is drawn from here on may differ between members
    for epoch in range(recipe.epochs):
        network.train()
        plan = [(MAIN, b) for b in batches(examples, recipe, draw)]
        for name, others in helpers.items():
            cut = list(batches(others, recipe, draw))
            plan += [(name, b) for b in cut[: math.ceil(recipe.helpers * len(cut))]]
        draw.shuffle(plan)
        sums: dict[str, float] = {}
        counts: dict[str, float] = {}
        for task, part in plan:
            losses: Losses = {}
            if mine := team.share(part):
                b = batch(mine, cutter, encoder.shape.positions)
                hide = torch.rand(b.pieces.shape) < recipe.hidden
                b = replace(b, pieces=torch.where(hide & (b.shapes > 0), cutter.mask, b.pieces))
                losses = network.losses(task, b)
            values = [float(losses[n][0].detach()) if n in losses else 0.0 for n in WEIGHTS]
            found = team.total(values + [losses[n][1] if n in losses else 0.0 for n in WEIGHTS])
            sizes = dict(zip(WEIGHTS, found[len(WEIGHTS) :], strict=True))
            loss: Tensor = torch.zeros((), requires_grad=True)
            for name, (value, _) in losses.items():
                loss = loss + weights[name] * value / max(1, sizes[name])
            if task == MAIN:
                for name, value_ in zip(WEIGHTS, found, strict=False):
                    sums[name] = sums.get(name, 0.0) + value_
                    counts[name] = counts.get(name, 0.0) + sizes[name]
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            team.add_gradients(trained)
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            share = min(recipe.average, step / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(mean, trained, 1 - share)
        if epoch >= recipe.epochs - last:
            torch._foreach_add_(kept, mean, alpha=1 / last)
        shown = ", ".join(f"{n} {v / counts[n]:.3f}" for n, v in sums.items() if counts[n])
        log.info("epoch %d of %d: %s; %.0f s", epoch + 1, recipe.epochs, shown, time.monotonic() - started)
    with torch.no_grad():
        for p, m in zip(trained, kept, strict=True):
            p.copy_(m)
    network.eval()
    return network


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]  # where torch is absent
def averaged(networks: Sequence[Network]) -> Network:
    """Average the weights of networks that grew from the same one, into the first."""
    states = [n.state_dict() for n in networks]
    for name, value in states[0].items():
        value.copy_(torch.stack([s[name].float() for s in states]).mean(0))
    return networks[0]


def weights_of(heads: nn.Module) -> dict[str, Floats]:
    """Give the parameters of heads; one that looks up hints and never had any is left out."""
    every = {k: np.asarray(v.detach().float().numpy()) for k, v in heads.state_dict().items()}
    return {k: w for k, w in every.items() if k != "span.hint.weight" or w.any()}


def heads_of(network: Network, task: str = MAIN, *, quiet: Quiet = ANYWHERE) -> Heads:
    """Give one label set's heads as the runtime uses them."""
    module = network.heads[task]
    known: Labels = module.labels  # type: ignore[assignment]
    weights = weights_of(module)
    return Heads(
        weights, types=known.types, roles=known.roles, relations=known.relations, results=known.results, quiet=quiet
    )


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]  # where torch is absent
def read(network: Network, cutter: Cutter, examples: Sequence[Example]) -> list[Reading]:
    """Give the word vectors of examples, in order (words past the encoder's end are dropped)."""
    network.eval()
    out: list[Reading | None] = [None] * len(examples)
    order = sorted(range(len(examples)), key=lambda n: len(examples[n].words))
    for first in range(0, len(order), 8):
        ids = order[first : first + 8]
        b = batch([examples[n] for n in ids], cutter, network.encoder.shape.positions)
        for n, e, (x, whole) in zip(ids, b.examples, network.vectors(b), strict=True):
            out[n] = Reading(e.text, e.title, e.words, np.asarray(x.numpy()), np.asarray(whole.numpy()), e.hints)
    return [r for r in out if r is not None]
