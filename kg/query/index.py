"""The triple store of a graph: an Oxigraph folder beside the facts, made when first asked for and when stale.

    my.kg/rdf/FINGERPRINT           everything in the default graph
    my.kg/rdf/FINGERPRINT.graphs    the same, and what each paper says in a graph of its own (three times the size)

The index is derived: it can be deleted at any time. A graph in memory, or a view that leaves out uncertain
claims, is loaded into memory instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kg.errors import DiskFull, StoreError
from kg.types import digest

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kg.graph import KnowledgeGraph

#: Changes when the way in which a graph becomes an index does.
LAYOUT = "2"

_OPEN: WeakKeyDictionary[KnowledgeGraph, dict[str, ox.Store]] = WeakKeyDictionary()


def fingerprint(graph: KnowledgeGraph) -> str:
    """Name the content of a graph: another one after every build that changed anything."""
    from kg import __version__

    meta = graph.store.meta
    papers = graph.store.rows("SELECT id, fingerprint FROM paper ORDER BY id")
    made = (LAYOUT, __version__, graph.base, graph.min_confidence, meta.get("resolved"), meta.get("settled"))
    return digest(*made, *(f"{id} {mark}" for id, mark in papers), length=16)


def store(graph: KnowledgeGraph, *, graphs: bool = False) -> ox.Store:
    """Open the triples of a graph for reading in this process, with the papers' own graphs if asked."""
    import pyoxigraph as ox

    from kg.export.rdf import load_store

    name = _name(graph, graphs)
    known = _OPEN.get(graph, {})
    if name not in known:
        if _place(graph) is None:
            opened: ox.Store = load_store(graph, named=graphs)
        else:
            opened = ox.Store.read_only(str(build_index(graph, graphs=graphs)))
        mark = name.partition(".")[0]
        _OPEN[graph] = {**{n: s for n, s in known.items() if n.startswith(mark)}, name: opened}
    return _OPEN[graph][name]


@contextmanager
def folder(graph: KnowledgeGraph, *, graphs: bool = False) -> Iterator[Path]:
    """Give a folder that other processes can open; for a graph in memory it lasts as long as the block."""
    if _place(graph) is not None:
        yield build_index(graph, graphs=graphs)
        return
    with tempfile.TemporaryDirectory(prefix="kg-rdf-") as temporary:
        path = Path(temporary) / "rdf"
        _make(graph, path, graphs)
        yield path


def is_built(graph: KnowledgeGraph, *, graphs: bool = False) -> bool:
    """Tell whether a query can begin at once, or must first make the index."""
    place = _place(graph)
    return place is not None and (place / _name(graph, graphs)).is_dir()


def build_index(graph: KnowledgeGraph, *, graphs: bool = False) -> Path:
    """Make the index of a graph on disk unless it is there; raises StoreError where nothing can be written."""
    place = _place(graph)
    if place is None:
        raise StoreError("this graph has no folder of its own", hint="give kg build an -o my.kg")
    path = place / _name(graph, graphs)
    if not path.is_dir():
        place.mkdir(exist_ok=True)
        temporary = place / f".{path.name}-{os.getpid()}"
        try:
            _make(graph, temporary, graphs)
            # Two processes may have made it at once; whoever comes second throws his away.
            with contextlib.suppress(OSError):
                temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        _sweep(place, path)
    return path


def _sweep(place: Path, made: Path) -> None:
    """Remove indexes of older builds, except the last, which a server may still read."""
    kept = made.name.partition(".")[0]
    others = [p for p in place.iterdir() if not p.name.startswith((kept, "."))]
    for old in sorted(others, key=lambda p: (p.stat().st_mtime, p.name))[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def _name(graph: KnowledgeGraph, graphs: bool) -> str:
    return fingerprint(graph) + (".graphs" if graphs else "")


def _place(graph: KnowledgeGraph) -> Path | None:
    if graph.path is None or graph.min_confidence or graph.base != graph.meta.get("base", graph.base):
        return None
    place = graph.path / "rdf"
    return place if place.is_dir() or os.access(graph.path, os.W_OK) else None


def _make(graph: KnowledgeGraph, path: Path, graphs: bool) -> None:
    import pyoxigraph as ox

    from kg.export.rdf import load_store

    try:
        made = ox.Store(str(path))
        load_store(graph, made, named=graphs)
        made.flush()
    except OSError as error:
        if "space" in str(error):
            raise DiskFull("no space left for the index", where=path, hint="free some space and ask again") from error
        raise StoreError(f"cannot make the index: {error}", where=path) from error
