"""kg: a knowledge graph of papers, every edge with the exact words that say so.

import kg
graph = kg.build(["papers.jsonl"], out="my.kg")
graph.query("SELECT ?hardware WHERE { ?paper kg:targets ?hardware }")
graph.to_networkx()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.build import build, extract, read
    from kg.evaluate import evaluate
    from kg.graph import KnowledgeGraph, load

__version__ = "0.1.0"

_FRONT = {
    "build": "kg.build",
    "extract": "kg.build",
    "read": "kg.build",
    "load": "kg.graph",
    "KnowledgeGraph": "kg.graph",
    "evaluate": "kg.evaluate",
}

__all__ = ["KnowledgeGraph", "__version__", "build", "evaluate", "extract", "load", "read"]


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used, so that `import kg` stays light."""
    if name in _FRONT:
        from importlib import import_module

        return getattr(import_module(_FRONT[name]), name)
    raise AttributeError(f"module 'kg' has no attribute {name!r}")
