"""The triple store of a graph: an Oxigraph folder beside the facts, made when first asked for and when stale.

    my.kg/rdf/FINGERPRINT           everything in the default graph
    my.kg/rdf/FINGERPRINT.graphs    the same, and what each paper says in a graph of its own (three times the size)

The index is derived: it can be deleted at any time. A graph in memory, or a view that leaves out uncertain
claims, is loaded into memory instead.

Oxigraph answers about four times as fast from memory as from a folder, but has to load everything first. So a
folder also holds the default graph as text, unless that is large, and a process that asks again and again reads
it beside its queries, which ask the folder until everything is there.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kg.errors import DiskFull, StoreError
from kg.types import digest

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kg.graph import KnowledgeGraph

#: Changes when the way in which a graph becomes an index does.
LAYOUT = "3"
#: The file in the folder that holds the default graph as N-Triples.
TEXT = "triples.nt.gz"
#: Bytes of N-Triples beyond which a graph stays on disk: about 1.5 million triples.
LARGEST = 300 * 2**20
#: Bytes of memory for each byte of the file.
GROWTH = 32
#: The query of a process from which on it pays to work from memory.
REPEATED = 3

_OPEN: WeakKeyDictionary[KnowledgeGraph, dict[str, _Opened]] = WeakKeyDictionary()


class Memory:
    """The default graph of a folder in memory: `store` is None until all of it is there.

    It is read in a thread of its own, which ends with the main thread.
    """

    def __init__(self, folder: Path) -> None:
        self.store: ox.Store | None = None
        self._thread = threading.Thread(target=self._read, args=(folder / TEXT,), name="kg-memory")
        self._thread.start()

    @staticmethod
    def needs(folder: Path) -> int | None:
        """Estimate how many bytes of memory the graph takes; None where it is too large to be held."""
        try:
            return GROWTH * (folder / TEXT).stat().st_size
        except OSError:
            return None

    def wait(self) -> None:
        """Wait until the graph is there."""
        self._thread.join()

    def _read(self, path: Path) -> None:
        import pyoxigraph as ox

        made = ox.Store()
        # What cannot be read is not needed: the folder answers as well, only more slowly.
        with contextlib.suppress(OSError, EOFError, SyntaxError, zlib.error), gzip.open(path) as text:
            made.bulk_load(io.BufferedReader(_WhileNeeded(text), 1 << 20), ox.RdfFormat.N_TRIPLES, lenient=True)
            self.store = made


class _WhileNeeded(io.RawIOBase):
    """A file that fails once the main thread has ended, so that nothing keeps a process alive."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not threading.main_thread().is_alive():
            raise InterruptedError
        n: int = self._file.readinto(buffer)
        return n


@dataclass
class _Opened:
    """A store that is open in this process, and the folder that it reads, if any."""

    store: ox.Store
    folder: Path | None = None
    asked: int = 0
    memory: Memory | None = None

    def fastest(self) -> ox.Store:
        self.asked += 1
        if self.asked == REPEATED and self.folder is not None and Memory.needs(self.folder) is not None:
            self.memory = Memory(self.folder)
        return self.store if self.memory is None or self.memory.store is None else self.memory.store


def fingerprint(graph: KnowledgeGraph) -> str:
    """Name the content of a graph: another one after every build that changed anything."""
    from kg import __version__

    meta = graph.store.meta
    papers = graph.store.rows("SELECT id, fingerprint FROM paper ORDER BY id")
    made = (LAYOUT, __version__, graph.base, graph.min_confidence, meta.get("resolved"), meta.get("settled"))
    return digest(*made, *(f"{id} {mark}" for id, mark in papers), length=16)


def store(graph: KnowledgeGraph, *, graphs: bool = False) -> ox.Store:
    """Open the triples of a graph for reading in this process, with the papers' own graphs if asked.

    Without those, it is a store in memory some time after the third call, where the graph is not too large.
    """
    import pyoxigraph as ox

    from kg.export.rdf import load_store

    name = _name(graph, graphs)
    known = _OPEN.get(graph, {})
    if name not in known:
        if _place(graph) is None:
            opened = _Opened(load_store(graph, named=graphs))
        else:
            path = build_index(graph, graphs=graphs)
            opened = _Opened(ox.Store.read_only(str(path)), None if graphs else path)
        mark = name.partition(".")[0]
        _OPEN[graph] = {**{n: s for n, s in known.items() if n.startswith(mark)}, name: opened}
    return _OPEN[graph][name].fastest()


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
        with gzip.open(path / TEXT, "wb", compresslevel=1) as text:
            load_store(graph, _Copying(made, text), named=graphs)
            large = text.tell() > LARGEST
        if large:
            (path / TEXT).unlink()
        made.flush()
    except OSError as error:
        if "space" in str(error):
            raise DiskFull("no space left for the index", where=path, hint="free some space and ask again") from error
        raise StoreError(f"cannot make the index: {error}", where=path) from error


@dataclass
class _Copying:
    """A store that also writes what is loaded into its default graph, which comes first, to a file."""

    store: ox.Store
    copy: gzip.GzipFile | None

    def bulk_load(self, text: IO[bytes], format: ox.RdfFormat) -> None:
        reader = text if self.copy is None else io.BufferedReader(_Copied(text, self.copy), 1 << 20)
        self.copy = None
        self.store.bulk_load(reader, format)


class _Copied(io.RawIOBase):
    """A file that writes what is read from it to another, up to a little more than the largest size."""

    def __init__(self, file: Any, copy: gzip.GzipFile) -> None:
        self._file, self._copy = file, copy

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n: int = self._file.readinto(buffer)
        if self._copy.tell() <= LARGEST:
            self._copy.write(buffer[:n])
        return n
