"""Find attention heads and inner units that a trained network hardly needs.

The output of each is multiplied by a gate that stands at one; how steeply the loss changes with the gate says
what it is worth (Michel et al. 2019, "Are Sixteen Heads Really Better than One?").
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kg.extract.pieces import Cutter
from kg.train.examples import Example
from kg.train.fit import MAIN, WEIGHTS, Recipe, batches
from kg.train.network import Network, batch


def head_worth(network: Network, examples: Sequence[Example], cutter: Cutter, recipe: Recipe) -> Tensor:
    """Measure what each attention head is worth to the losses on examples: [layers, heads], rows of length one."""
    worth = _worth(network, examples, cutter, recipe, "gates", [layer.heads for layer in network.encoder.layers])
    return worth / worth.norm(dim=1, keepdim=True).clamp(min=1e-12)


def unit_worth(network: Network, examples: Sequence[Example], cutter: Cutter, recipe: Recipe) -> Tensor:
    """Measure what each inner unit of the layers is worth to the losses on examples: [layers, inner]."""
    sizes = [layer.up.out_features for layer in network.encoder.layers]
    return _worth(network, examples, cutter, recipe, "inner_gates", sizes)


def _worth(
    network: Network, examples: Sequence[Example], cutter: Cutter, recipe: Recipe, place: str, sizes: Sequence[int]
) -> Tensor:
    """Sum how steeply the losses of each text change with the gates that every layer holds in `place`."""
    network.eval()
    layers = list(network.encoder.layers)
    gates = [torch.ones(size, requires_grad=True) for size in sizes]
    worth = torch.zeros(len(layers), max(sizes))
    for layer, gate in zip(layers, gates, strict=True):
        setattr(layer, place, gate)
    weights = {**WEIGHTS, **(recipe.weights or {})}
    try:
        for part in batches(examples, replace(recipe, batch=1), random.Random(recipe.seed)):
            losses = network.losses(MAIN, batch(part, cutter, network.encoder.shape.positions))
            loss = sum((weights[n] * value / max(1.0, size) for n, (value, size) in losses.items()), torch.zeros(()))
            steep = torch.autograd.grad(loss, gates)
            worth += torch.stack([g.abs() for g in steep])
    finally:
        for layer in layers:
            setattr(layer, place, None)
    return worth
