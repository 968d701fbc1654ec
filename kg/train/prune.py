"""Find attention heads that a trained network hardly needs.

Each head's output is multiplied by a gate that stands at one; how steeply the loss changes with the gate says
what the head is worth (Michel et al. 2019, "Are Sixteen Heads Really Better than One?").
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
    network.eval()
    layers = list(network.encoder.layers)
    gates = [torch.ones(layer.heads, requires_grad=True) for layer in layers]
    worth = torch.zeros(len(layers), layers[0].heads)
    for layer, gate in zip(layers, gates, strict=True):
        layer.gates = gate
    weights = {**WEIGHTS, **(recipe.weights or {})}
    try:
        for part in batches(examples, replace(recipe, batch=1), random.Random(recipe.seed)):
            losses = network.losses(MAIN, batch(part, cutter, network.encoder.shape.positions))
            loss = sum((weights[n] * value / max(1.0, size) for n, (value, size) in losses.items()), torch.zeros(()))
            steep = torch.autograd.grad(loss, gates)
            worth += torch.stack([g.abs() for g in steep])
    finally:
        for layer in layers:
            layer.gates = None
    return worth / worth.norm(dim=1, keepdim=True).clamp(min=1e-12)
