"""Extractors: from a paper to Findings. The only place that knows spaCy and the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from kg.registry import Registry
from kg.types import Findings, Paper


class Extractor(Protocol):
    """Reads papers; `name` and `version` tell the store whether findings it holds are still good."""

    name: str
    version: str

    def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
        """Yield the findings of each paper, in order; never raises for what a text holds."""
        ...


EXTRACTORS: Registry[Callable[..., Extractor]] = Registry(
    "extractor",
    {
        "rules": "kg.extract.rules:load_rules",
        "model": "kg.extract.model:load_model",
    },
    group="kg.extractors",
)
