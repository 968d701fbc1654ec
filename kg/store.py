"""Facts on disk: a `.kg` folder that survives a crash and is added to, never rebuilt.

    my.kg/facts.sqlite    papers, findings and what resolving made of them (SQLite, WAL)
    my.kg/lock            held while a build writes
    my.kg/*               everything else is derived and can be deleted

Findings of a paper are staged one batch a transaction, so that a killed build goes on where it was. What
readers see (papers, entities, edges, measurements) changes in a single transaction at the end of a build:
it is always the graph of some complete set of papers.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kg.errors import DiskFull, MissingFile, StoreError, StoreLocked, StoreVersion

#: Version of the layout below; a newer one cannot be read by older code.
FORMAT = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged (
    id TEXT PRIMARY KEY, node TEXT NOT NULL, fingerprint TEXT NOT NULL, record TEXT NOT NULL, findings TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS paper (
    id TEXT PRIMARY KEY, node TEXT NOT NULL, fingerprint TEXT NOT NULL, record TEXT NOT NULL, findings TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS paper_node ON paper (node);
CREATE TABLE IF NOT EXISTS gone (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS same (key TEXT PRIMARY KEY, paper TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entity (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, ident TEXT NOT NULL, placed TEXT NOT NULL,
    record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entity_type ON entity (type, id);
CREATE INDEX IF NOT EXISTS entity_ident ON entity (ident);
CREATE TABLE IF NOT EXISTS form (key TEXT NOT NULL, node TEXT NOT NULL, PRIMARY KEY (key, node)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS form_node ON form (node);
CREATE TABLE IF NOT EXISTS node_of (
    paper TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, node TEXT NOT NULL,
    PRIMARY KEY (paper, name, type)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim (
    source TEXT NOT NULL, type TEXT NOT NULL, target TEXT NOT NULL, paper TEXT NOT NULL,
    confidence REAL NOT NULL, words TEXT NOT NULL,
    PRIMARY KEY (source, type, target, paper)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claim_target ON claim (target, type, source);
CREATE INDEX IF NOT EXISTS claim_type ON claim (type, source, target);
CREATE INDEX IF NOT EXISTS claim_paper ON claim (paper);
CREATE TABLE IF NOT EXISTS measurement (
    id TEXT PRIMARY KEY, paper TEXT NOT NULL, subject TEXT, metric TEXT, baseline TEXT, dataset TEXT, task TEXT,
    hardware TEXT, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS measurement_paper ON measurement (paper);
CREATE TABLE IF NOT EXISTS merge (
    entity TEXT NOT NULL, form TEXT NOT NULL, paper TEXT NOT NULL, reason TEXT NOT NULL, score REAL NOT NULL,
    PRIMARY KEY (entity, form, paper, reason)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A paper as the store keeps it: its record and findings are JSON."""

    id: str
    node: str
    fingerprint: str
    record: str
    findings: str


@contextmanager
def _renamed(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, once, at this border."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "disk is full" in text or "disk I/O" in text:
            raise DiskFull(
                "no space left", where=path, hint="free some space and run the same command again; nothing is lost"
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError("cannot write here", where=path, hint="check the folder's permissions") from error
        if "locked" in text:
            raise StoreLocked("another build is writing to it", where=path, hint="wait for it to end") from error
        raise StoreError(text, where=path) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"damaged store: {error}", where=path, hint="build it again in a new folder") from error


class Store:
    """The facts of one `.kg` folder; `Store.open` for writing or reading, `Store.memory` for neither."""

    def __init__(self, db: sqlite3.Connection, path: Path | None, lock: IO[str] | None = None) -> None:
        self.db, self.path, self._lock = db, path, lock
        self._where = path or Path(":memory:")

    @classmethod
    def memory(cls) -> Store:
        """Make a store that is gone when it is no longer used."""
        store = cls(sqlite3.connect(":memory:", check_same_thread=False), None)
        store._create()
        return store

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False) -> Store:
        """Open a `.kg` folder; writing makes it if need be and locks out other writers.

        Raises MissingFile, StoreVersion, StoreLocked or StoreError.
        """
        path = Path(path)
        facts = path / "facts.sqlite"
        lock = None
        if write:
            if path.exists() and not path.is_dir():
                raise StoreError("a store is a folder, this is a file", where=path, hint="choose another name for -o")
            if path.is_dir() and not facts.exists() and not {p.name for p in path.iterdir()} <= _OWN:
                raise StoreError("not a kg store, and not empty", where=path, hint="choose another folder for -o")
            path.mkdir(parents=True, exist_ok=True)
            lock = _lock(path)
        elif not facts.is_file():
            raise MissingFile("no kg store here", where=path, hint="make one with: kg build PAPERS... -o my.kg")
        with _renamed(path):
            # A reader of a WAL database must be able to write its shared-memory file, so it opens normally
            # and is then kept from writing; on read-only media SQLite falls back to immutable.
            if write or os.access(path, os.W_OK):
                db = sqlite3.connect(facts, timeout=30, isolation_level=None, check_same_thread=False)
            else:
                db = sqlite3.connect(
                    f"{facts.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
                )
            store = cls(db, path, lock)
            if write:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")
            store._check_version()
            if write:
                store._create()
            else:
                db.execute("PRAGMA query_only = ON")
        return store

    def _check_version(self) -> None:
        made = self.db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
        found = self.db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() if made else None
        if found and int(found[0]) > FORMAT:
            raise StoreVersion(
                f"written by a newer kg (format {found[0]}, this one reads {FORMAT})",
                where=self._where,
                hint="update kg: pip install -U kg-papers",
            )

    def _create(self) -> None:
        self.db.isolation_level = None
        self.db.executescript("BEGIN;" + _TABLES + "COMMIT;")
        self.db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))

    def close(self) -> None:
        """Close the database and let other writers in."""
        self.db.close()
        if self._lock:
            self._lock.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with _renamed(self._where):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                if self.db.in_transaction:  # SQLite itself rolls back when the disk is full
                    self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and stream its rows."""
        with _renamed(self._where):
            # No "yield from": it would close the cursor when the caller stops early, perhaps after the database.
            for row in self.db.execute(sql, tuple(parameters)):  # noqa: UP028
                yield row

    @property
    def meta(self) -> dict[str, str]:
        """What is noted about the build: format, versions, namespace."""
        return dict(self.rows("SELECT key, value FROM meta ORDER BY key"))

    def note(self, **values: str) -> None:
        """Note something about the build."""
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def held(self, paper: str) -> Row | None:
        """Give what is held of a paper, staged rows first."""
        for table in ("staged", "paper"):
            for row in self.rows(f"SELECT id, node, fingerprint, record, findings FROM {table} WHERE id = ?", (paper,)):
                return Row(*row)
        return None

    def same(self, keys: Iterable[str]) -> list[str]:
        """Give the papers that one of these keys already names."""
        found = [p for k in keys for (p,) in self.rows("SELECT paper FROM same WHERE key = ?", (k,))]
        return sorted(set(found))

    def stage(self, rows: Iterable[Row], keys: Mapping[str, str], gone: Iterable[str] = ()) -> None:
        """Keep findings for the next `replace`; a paper in `gone` was found to be another one's double."""
        with self.transaction() as db:
            for old in gone:
                db.execute("DELETE FROM staged WHERE id = ?", (old,))
                db.execute("INSERT OR IGNORE INTO gone VALUES (?)", (old,))
            for r in rows:
                db.execute(
                    "INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?)",
                    (r.id, r.node, r.fingerprint, r.record, r.findings),
                )
                db.execute("DELETE FROM gone WHERE id = ?", (r.id,))
            db.executemany("INSERT OR REPLACE INTO same VALUES (?, ?)", sorted(keys.items()))

    def ids(self) -> Iterator[str]:
        """Stream the ids of the graph's papers, sorted."""
        return (id for (id,) in self.rows("SELECT id FROM paper ORDER BY id"))

    def settle(self, db: sqlite3.Connection) -> tuple[list[str], list[str]]:
        """Make staged papers the graph's; give the ids of those that came or changed, and of those that went.

        Called inside the transaction that brings the derived tables up to date.
        """
        new = [id for (id,) in db.execute("SELECT id FROM staged ORDER BY id")]
        gone = [id for (id,) in db.execute("SELECT id FROM gone ORDER BY id")]
        db.execute("DELETE FROM paper WHERE id IN (SELECT id FROM gone)")
        db.execute("INSERT OR REPLACE INTO paper SELECT * FROM staged")
        db.execute("DELETE FROM staged")
        db.execute("DELETE FROM gone")
        return new, gone

    @property
    def pending(self) -> int:
        """Number of papers staged (or found to be doubles) but not yet in the graph."""
        return sum(int(n) for (n,) in self.rows("SELECT count(*) FROM staged UNION ALL SELECT count(*) FROM gone"))

    @property
    def size(self) -> int:
        """Number of papers in the graph."""
        return int(next(self.rows("SELECT count(*) FROM paper"))[0])


#: Names that may stand in a store's folder beside the facts.
_OWN = {"lock", "facts.sqlite", "facts.sqlite-wal", "facts.sqlite-shm", "corrections.yaml", "rdf", "search.sqlite"}


def _lock(path: Path) -> IO[str]:
    """Take the writer's lock; it is freed by the system when the process ends, however it ends."""
    import fcntl

    handle = (path / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise StoreLocked("another build is writing to it", where=path, hint="wait for it to end, or stop it") from None
    return handle
