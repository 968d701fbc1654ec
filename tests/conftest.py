"""What several test files share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from makers import BERT, VIT

from kg.graph import KnowledgeGraph
from kg.types import Findings


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """Write records (dicts, findings or text) as lines of a file."""

    def write(*records: Any, name: str = "papers.jsonl") -> Path:
        lines = [
            r if isinstance(r, str) else json.dumps(r.to_json() if isinstance(r, Findings) else r) for r in records
        ]
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def tiny_graph(tmp_path_factory: pytest.TempPathFactory) -> Iterable[KnowledgeGraph]:
    """A graph of two papers, on disk."""
    import kg

    folder = tmp_path_factory.mktemp("tiny")
    path = folder / "two.jsonl"
    path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in (VIT, BERT)), encoding="utf-8")
    with kg.build([path], folder / "two.kg") as graph:
        yield graph
