"""Several processes that train one network, each on its share of every batch.

Two processes of one thread use two cores better than one process of two threads: the heads are many small
operations. The processes add their gradients up after every batch (Gloo, over the machine's own loopback), so all
hold the same weights throughout; with the same number of processes, a run repeats exactly.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from kg.errors import ModelError

T = TypeVar("T")


class Team:
    """One member's view of the team: alone, unless others were started."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Give this member's part of a list."""
        return items[self.rank :: self.size]

    def total(self, values: Sequence[float]) -> list[float]:
        """Add numbers up over the members."""
        if self.size == 1:
            return list(values)
        added = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(added)
        return [float(v) for v in added]

    def add_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Add the gradients up over the members, in place; a missing one is zero."""
        if self.size == 1:
            return
        flat = torch.cat([torch.zeros(p.numel()) if p.grad is None else p.grad.reshape(-1) for p in parameters])
        dist.all_reduce(flat)
        first = 0
        for p in parameters:
            p.grad = flat[first : first + p.numel()].view_as(p)
            first += p.numel()


@contextmanager
def assembled(size: int, work: Callable[..., Any], arguments: dict[str, Any]) -> Iterator[Team]:
    """Start the other members, which call `work(**arguments, team=...)`; yield the first one's own team."""
    if size == 1:
        yield Team()
        return
    with tempfile.TemporaryDirectory(prefix="kg-team-") as name:
        folder = Path(name)
        with (folder / "work.pickle").open("wb") as file:
            pickle.dump((work, arguments), file)
        home = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "kg.train.team", str(folder), str(size)]
        others = [
            subprocess.Popen([*command, str(rank)], env={**os.environ, "PYTHONPATH": home}) for rank in range(1, size)
        ]
        try:
            team = _join(folder, size, 0)
            yield team
            if any(process.wait(60) for process in others):
                raise ModelError("a training process ended early", hint="what it printed says why")
        finally:
            for process in others:
                process.kill()
                process.wait()
            if dist.is_initialized():
                dist.destroy_process_group()


def _join(folder: Path, size: int, rank: int) -> Team:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo" if sys.platform == "linux" else "lo0")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=size)
    return Team(rank, size)


def _member(folder: Path, size: int, rank: int) -> None:
    with (folder / "work.pickle").open("rb") as file:
        work, arguments = pickle.load(file)
    work(**arguments, team=_join(folder, size, rank))
    dist.destroy_process_group()


if __name__ == "__main__":
    _member(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
