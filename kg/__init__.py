"""kg: a knowledge graph of papers, every edge with the exact words that say so.

import kg
graph = kg.build(["papers.jsonl"], out="my.kg")
graph.query("SELECT ?hardware WHERE { ?paper kg:targets ?hardware }")
graph.to_networkx()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph, load
    from kg.pipeline import build

__version__ = "0.1.0"

_FRONT = {"KnowledgeGraph": "kg.graph", "build": "kg.pipeline", "load": "kg.graph"}

__all__ = ["KnowledgeGraph", "__version__", "build", "load"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import kg` stays light."""
    if name in _FRONT:
        from importlib import import_module

        return getattr(import_module(_FRONT[name]), name)
    raise AttributeError(f"module 'kg' has no attribute {name!r}")
