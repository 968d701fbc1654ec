"""Decide which numbers of a paper are claimed results, and of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kg.extract.quantities import Quantity
from kg.extract.relations import main_contribution
from kg.extract.roles import Role
from kg.types import Paper, Result


class Claimed(NamedTuple):
    """A claimed number with the things it belongs to."""

    quantity: Quantity
    metric: str
    subject: str | None
    baseline: str | None
    dataset: str | None
    task: str | None
    hardware: str | None
    confidence: float

    def cite(self, paper: Paper) -> Result:
        """Make it a `Result` with evidence."""
        q = self.quantity
        return Result(
            self.metric, q.value, q.unit, q.kind, paper.quote(q.quote_start, q.quote_end), self.subject, q.value_high,
            self.baseline, self.dataset, self.task, self.hardware, self.confidence,
        )  # fmt: skip


def find_results(
    text: str, found: Sequence[Quantity], links: Sequence[Role], sentences: Sequence[tuple[int, int]]
) -> list[Claimed]:
    """Keep the quantities that are results, each with the nearest metric and dataset of its sentence."""
    results = []
    own = main_contribution(links)
    main = links[own] if own is not None else None
    for q in found:
        if q.unit in ("", "bit", "B", "nm", "K", "h", "T", "s", "bytes", "layers", "frames", "iterations"):
            continue
        near = min(
            ((abs(s - q.start), text[s:e]) for link in links if link.type == "Metric" for s, e in link.spans), default=(999, "")
        )
        metric = near[1] if near[0] < 80 else ("speedup" if q.unit == "x" else "")
        results.append(Claimed(q, metric, main.name if main else None, None, None, None, None, 0.6))
    return results
