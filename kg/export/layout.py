"""Where every node of a picture goes, and which community it belongs to: the same on every machine.

Communities are Leiden's (Traag, Waltman, van Eck 2019). Positions are ForceAtlas2's forces (Jacomy et al.
2014) with repulsion taken from a particle mesh (Hockney & Eastwood 1988; as in FIt-SNE, Linderman et al.
2019): masses are spread over a grid and convolved with the kernel by FFT, so that a step costs O(n + m)
whatever the crowding. Positions are rounded after every step: the last bit of one processor's arithmetic
never grows into another picture.

Measured on 2 cores with other work beside, 5,000 nodes and 13,000 edges / 50,000 and 140,000. Communities:
Leiden of graspologic-native 0.1 / 1.1 s; scikit-network's Louvain 0.5 / 0.7 s; networkit's ParallelLeiden is as
fast but its outcome depends on its threads. Positions: this module, all included, 1.5 / 5 to 9 s;
scikit-network's Spring 46 s / not within a minute, networkit's MaxentStress not within a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Rounding of positions between steps, in units of the layout.
GRAIN = 2.0**-12
#: Width of the picture in units of the page's own coordinates: positions are integers within it.
EXTENT = 20_000
#: Pull of an edge between communities, as a share of the pull within one: sets communities apart.
BETWEEN = 0.12
#: Pull of an edge of mean weight within a community.
WITHIN = 2.5
#: Pull of a community's middle on each of its members.
COHESION = 0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """Integer positions and a community number for each node, communities numbered by falling size."""

    x: Ints
    y: Ints
    community: Ints


def communities(count: int, source: Ints, target: Ints, weight: Floats, *, resolution: float = 1.0) -> Ints:
    """Give each node the number of its community, largest first; nodes without edges are alone in theirs.

    >>> communities(5, np.array([0, 1, 3]), np.array([1, 2, 4]), np.ones(3)).tolist()
    [0, 0, 0, 1, 1]
    """
    import graspologic_native  # type: ignore[import-untyped]  # ships no types

    found = np.full(count, -1, dtype=np.int64)
    if len(source):
        rows = list(zip(map(str, source.tolist()), map(str, target.tolist()), weight.tolist(), strict=True))
        _, members = graspologic_native.leiden(
            edges=rows, resolution=resolution, iterations=2, randomness=0.001, use_modularity=True, seed=1, trials=1
        )
        for node, number in members.items():
            found[int(node)] = number
    alone = np.flatnonzero(found < 0)
    found[alone] = (found.max(initial=-1) + 1) + np.arange(len(alone))
    size = np.bincount(found) if count else np.zeros(0, dtype=np.int64)
    first = np.full(len(size), count)
    np.minimum.at(first, found, np.arange(count))
    order = np.lexsort((first, -size))
    rank = np.empty(len(size), dtype=np.int64)
    rank[order] = np.arange(len(size))
    return rank[found] if count else found


def _spiral(count: int) -> tuple[Floats, Floats]:
    """Spread points evenly over a disc of radius sqrt(count), from the middle outwards."""
    i = np.arange(count) + 0.5
    angle = i * (np.pi * (3 - np.sqrt(5)))
    return np.sqrt(i) * np.cos(angle), np.sqrt(i) * np.sin(angle)


class _Mesh:
    """Repulsion between all pairs of masses, through a grid of `size` cells a side."""

    def __init__(self, size: int) -> None:
        from scipy import fft  # type: ignore[import-untyped]  # ships no types

        self.size, self.fft = size, fft
        at = np.minimum(np.arange(2 * size), 2 * size - np.arange(2 * size)) * np.where(
            np.arange(2 * size) < size, 1.0, -1.0
        )
        dx, dy = np.meshgrid(at, at, indexing="ij")
        near = dx * dx + dy * dy + 0.35  # softened: one cell is as fine as the mesh sees
        self.kernel = fft.rfft2(np.stack([dx / near, dy / near]))

    def push(self, x: Floats, y: Floats, mass: Floats) -> tuple[Floats, Floats]:
        """Sum mass/distance, directed away, over all other nodes."""
        size = self.size
        left, low = x.min(), y.min()
        cell = max(x.max() - left, y.max() - low, 1e-9) / (size - 2)
        u, v = (x - left) / cell, (y - low) / cell
        i, j = u.astype(np.int64), v.astype(np.int64)
        fu, fv = u - i, v - j
        corners = [
            (i * size + j, (1 - fu) * (1 - fv)),
            ((i + 1) * size + j, fu * (1 - fv)),
            (i * size + j + 1, (1 - fu) * fv),
            ((i + 1) * size + j + 1, fu * fv),
        ]
        grid = np.zeros(size * size)
        for at, share in corners:
            grid += np.bincount(at, share * mass, size * size)
        spread = self.fft.rfft2(grid.reshape(size, size), s=(2 * size, 2 * size))
        field = self.fft.irfft2(self.kernel * spread, s=(2 * size, 2 * size))[:, :size, :size].reshape(2, -1)
        fx, fy = np.zeros(len(x)), np.zeros(len(x))
        for at, share in corners:
            fx += field[0][at] * share
            fy += field[1][at] * share
        return fx / cell, fy / cell


def _settle(
    x: Floats,
    y: Floats,
    mass: Floats,
    source: Ints,
    target: Ints,
    pull: Floats,
    *,
    steps: int,
    mesh: int,
    radius: float,
    group: Ints | None = None,
) -> tuple[Floats, Floats]:
    """Let the nodes move until forces balance, in ever smaller steps; members of a group keep together.

    Without edges all would fill a disc of `radius`.
    """
    grid, count = _Mesh(mesh), len(x)
    reach = np.sqrt(count)
    # Gravity that grows with distance balances repulsion in two dimensions at one density everywhere.
    gravity = float(mass.sum()) / radius**2
    for step in range(steps):
        fx, fy = grid.push(x, y, mass)
        fx *= mass
        fy *= mass
        dx, dy = x[target] - x[source], y[target] - y[source]
        fx += np.bincount(source, pull * dx, count) - np.bincount(target, pull * dx, count)
        fy += np.bincount(source, pull * dy, count) - np.bincount(target, pull * dy, count)
        fx -= gravity * mass * x
        fy -= gravity * mass * y
        if group is not None:
            size = np.bincount(group)
            fx += COHESION * mass * ((np.bincount(group, x) / size)[group] - x)
            fy += COHESION * mass * ((np.bincount(group, y) / size)[group] - y)
        fx /= mass
        fy /= mass
        force = np.sqrt(fx * fx + fy * fy) + 1e-9
        most = reach * 0.08 * (1 - step / steps) ** 1.5 + 0.01
        move = np.minimum(force * 0.1, most) / force
        x = np.round((x + fx * move) / GRAIN) * GRAIN
        y = np.round((y + fy * move) / GRAIN) * GRAIN
    return x, y


def _part(x: Floats, y: Floats, radius: Floats, *, steps: int) -> tuple[Floats, Floats]:
    """Push apart nodes that lie on each other."""
    from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # ships no types

    reach = float(np.quantile(radius, 0.98)) * 2
    for _ in range(steps):
        pairs = cKDTree(np.stack([x, y], 1)).query_pairs(reach, output_type="ndarray")
        if not len(pairs):
            break
        a, b = pairs.T
        dx, dy = x[b] - x[a], y[b] - y[a]
        apart = np.sqrt(dx * dx + dy * dy)
        over = np.maximum(radius[a] + radius[b] - apart, 0)
        still = apart < 1e-6
        turn = (a * 2.399963 + b) % 6.283185  # a direction of its own for each coinciding pair
        ux = np.where(still, np.cos(turn), dx / np.maximum(apart, 1e-6))
        uy = np.where(still, np.sin(turn), dy / np.maximum(apart, 1e-6))
        share = radius[b] / (radius[a] + radius[b])
        n = len(x)
        x = x - np.bincount(a, over * ux * share, n) * 0.5 + np.bincount(b, over * ux * (1 - share), n) * 0.5
        y = y - np.bincount(a, over * uy * share, n) * 0.5 + np.bincount(b, over * uy * (1 - share), n) * 0.5
        x, y = np.round(x / GRAIN) * GRAIN, np.round(y / GRAIN) * GRAIN
    return x, y


def layout(
    count: int,
    source: Any,
    target: Any,
    weight: Any = None,
    *,
    radius: Any = None,
    steps: int | None = None,
) -> Layout:
    """Place `count` nodes joined by edges `source[i] - target[i]`; `radius` keeps big nodes clear of others.

    >>> placed = layout(3, [0, 1], [1, 2])
    >>> len(set(zip(placed.x.tolist(), placed.y.tolist()))), placed.community.tolist()
    (3, [0, 0, 0])
    """
    source, target = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    weight = np.ones(len(source)) if weight is None else np.asarray(weight, dtype=np.float64)
    radius = np.ones(count) if radius is None else np.asarray(radius, dtype=np.float64)
    keep = source != target
    source, target, weight = source[keep], target[keep], weight[keep]
    group = communities(count, source, target, weight)
    if count < 2:
        return Layout(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), group)

    x, y = _start(count, source, target, weight, group)
    degree = np.bincount(source, minlength=count) + np.bincount(target, minlength=count)
    pull = weight / weight.mean() if len(weight) else weight
    pull = pull * WITHIN * np.where(group[source] == group[target], 1.0, BETWEEN)
    large = count > 20_000
    x, y = _settle(
        x, y, 1.0 + np.sqrt(degree), source, target, pull,
        steps=steps or (100 if large else 150), mesh=256 if large else 128, radius=1.4 * np.sqrt(count), group=group,
    )  # fmt: skip
    # In units where a node of radius 1 has room for itself.
    room = np.sqrt(count / np.pi) * 2.6 / (np.sqrt(np.quantile(x * x + y * y, 0.8)) + 1e-9)
    x, y = np.round(x * room / GRAIN) * GRAIN, np.round(y * room / GRAIN) * GRAIN
    x, y = _part(x, y, radius / radius.mean() * 0.8, steps=10 if large else 20)
    x, y = x - (x.min() + x.max()) / 2, y - (y.min() + y.max()) / 2
    scale = EXTENT / 2 / max(np.abs(x).max(), np.abs(y).max(), 1e-9)
    return Layout(np.round(x * scale).astype(np.int64), np.round(y * scale).astype(np.int64), group)


def _start(count: int, source: Ints, target: Ints, weight: Floats, group: Ints) -> tuple[Floats, Floats]:
    """Place communities by their ties to each other, and each one's nodes on a disc around its centre."""
    groups = int(group.max()) + 1
    size = np.bincount(group, minlength=groups)
    first, second = group[source], group[target]
    code, at = np.unique(np.minimum(first, second) * groups + np.maximum(first, second), return_inverse=True)
    ties = np.bincount(at.ravel(), weight, len(code)) if len(code) else np.zeros(0)
    a, b = code // groups, code % groups
    apart = a != b
    a, b, ties = a[apart], b[apart], ties[apart]
    cx, cy = _spiral(groups)
    scale = np.sqrt(count) / np.sqrt(groups)
    cx, cy = cx * scale, cy * scale
    if 2 < groups <= 3000 and len(ties):
        cx, cy = _settle(
            cx, cy, np.sqrt(size) + 1.0, a, b, ties / ties.mean() * 0.5,
            steps=120, mesh=64, radius=1.2 * np.sqrt(count),
        )  # fmt: skip
    degree = np.bincount(source, minlength=count) + np.bincount(target, minlength=count)
    order = np.lexsort((np.arange(count), -degree, group))
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    within = np.arange(count) - start[group[order]]
    sx, sy = _spiral(int(size.max()))
    x, y = np.empty(count), np.empty(count)
    x[order] = cx[group[order]] + sx[within] * 0.8
    y[order] = cy[group[order]] + sy[within] * 0.8
    return np.round(x / GRAIN) * GRAIN, np.round(y / GRAIN) * GRAIN
