"""What the resolver keeps between builds: senses, found by paper, by what they ask or define, and by identity."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from kg.resolve.corpus import Identity
from kg.resolve.senses import Sense

Key = tuple[str, str]


class Rows(Protocol):
    """A table of senses, each with its identity."""

    def of_paper(self, paper: str) -> list[Sense]:
        """Give the senses of a paper."""

    def asking(self, at: Key) -> list[Sense]:
        """Give the senses of a type that ask what a key stands for."""

    def defining(self, at: Key) -> list[Sense]:
        """Give the senses of a type that say what a key stands for."""

    def members(self, ident: Identity) -> list[Sense]:
        """Give the senses of an identity, sorted."""

    def identity_of(self, sense: Sense) -> Identity | None:
        """Give the identity that a sense is stored with."""

    def identities(self) -> Iterator[Identity]:
        """Give all identities that have members."""

    def put(self, sense: Sense, ident: Identity) -> None:
        """Store a sense with its identity, in place of the one that was there."""

    def drop(self, sense: Sense) -> None:
        """Take a sense out."""


class MemoryRows:
    """Senses in memory: for a whole corpus at once."""

    def __init__(self) -> None:
        self._identity: dict[tuple[str, str, str], Identity] = {}
        self._paper: dict[str, dict[tuple[str, str, str], Sense]] = defaultdict(dict)
        self._asks: dict[Key, dict[tuple[str, str, str], Sense]] = defaultdict(dict)
        self._defines: dict[Key, dict[tuple[str, str, str], Sense]] = defaultdict(dict)
        self._members: dict[Identity, dict[tuple[str, str, str], Sense]] = defaultdict(dict)

    def of_paper(self, paper: str) -> list[Sense]:
        """Give the senses of a paper."""
        return list(self._paper.get(paper, {}).values())

    def asking(self, at: Key) -> list[Sense]:
        """Give the senses of a type that ask what a key stands for."""
        return list(self._asks.get(at, {}).values())

    def defining(self, at: Key) -> list[Sense]:
        """Give the senses of a type that say what a key stands for."""
        return list(self._defines.get(at, {}).values())

    def members(self, ident: Identity) -> list[Sense]:
        """Give the senses of an identity, sorted."""
        return sorted(self._members.get(ident, {}).values(), key=lambda s: s.id)

    def identity_of(self, sense: Sense) -> Identity | None:
        """Give the identity that a sense is stored with."""
        return self._identity.get(sense.id)

    def identities(self) -> Iterator[Identity]:
        """Give all identities that have members."""
        return iter([i for i, m in self._members.items() if m])

    def put(self, sense: Sense, ident: Identity) -> None:
        """Store a sense with its identity, in place of the one that was there."""
        old = self._identity.get(sense.id)
        if old is not None and old != ident:
            self._members[old].pop(sense.id, None)
        self._identity[sense.id] = ident
        self._paper[sense.paper][sense.id] = sense
        if sense.asks:
            self._asks[sense.type, sense.asks][sense.id] = sense
        for short in sense.defines:
            self._defines[sense.type, short][sense.id] = sense
        self._members[ident][sense.id] = sense

    def drop(self, sense: Sense) -> None:
        """Take a sense out."""
        ident = self._identity.pop(sense.id, None)
        if ident is not None:
            self._members[ident].pop(sense.id, None)
        self._paper[sense.paper].pop(sense.id, None)
        self._asks.get((sense.type, sense.asks), {}).pop(sense.id, None)
        for short in sense.defines:
            self._defines.get((sense.type, short), {}).pop(sense.id, None)


class SqliteRows:
    """Senses in a SQLite database, in tables `sense` and `sense_key`; the caller holds the transaction."""

    SCHEMA = """
        CREATE TABLE IF NOT EXISTS sense (
            paper TEXT, name TEXT, type TEXT, known TEXT, ident TEXT, scope TEXT, body TEXT,
            PRIMARY KEY (paper, name, type)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS sense_identity ON sense (ident, known, scope);
        CREATE TABLE IF NOT EXISTS sense_key (
            type TEXT, key TEXT, says INTEGER, paper TEXT, name TEXT,
            PRIMARY KEY (type, key, says, paper, name)) WITHOUT ROWID;
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        for statement in self.SCHEMA.split(";"):
            if statement.strip():
                db.execute(statement)

    def of_paper(self, paper: str) -> list[Sense]:
        """Give the senses of a paper."""
        return self._read("SELECT body FROM sense WHERE paper = ? ORDER BY name, type", (paper,))

    def asking(self, at: Key) -> list[Sense]:
        """Give the senses of a type that ask what a key stands for."""
        return self._by_key(at, 0)

    def defining(self, at: Key) -> list[Sense]:
        """Give the senses of a type that say what a key stands for."""
        return self._by_key(at, 1)

    def _by_key(self, at: Key, says: int) -> list[Sense]:
        return self._read(
            "SELECT s.body FROM sense_key k JOIN sense s USING (paper, name, type)"
            " WHERE k.type = ? AND k.key = ? AND k.says = ?",
            (*at, says),
        )

    def members(self, ident: Identity) -> list[Sense]:
        """Give the senses of an identity, sorted."""
        return self._read(
            "SELECT body FROM sense WHERE ident = ? AND known = ? AND scope = ? ORDER BY paper, name, type",
            (ident.key, ident.type, ident.scope),
        )

    def identity_of(self, sense: Sense) -> Identity | None:
        """Give the identity that a sense is stored with."""
        row = self._db.execute(
            "SELECT known, ident, scope FROM sense WHERE paper = ? AND name = ? AND type = ?", sense.id
        ).fetchone()
        return Identity(*row) if row else None

    def identities(self) -> Iterator[Identity]:
        """Give all identities that have members."""
        rows = self._db.execute("SELECT DISTINCT known, ident, scope FROM sense")
        return iter([Identity(*row) for row in rows])

    def put(self, sense: Sense, ident: Identity) -> None:
        """Store a sense with its identity, in place of the one that was there."""
        self._db.execute(
            "INSERT OR REPLACE INTO sense VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*sense.id, ident.type, ident.key, ident.scope, sense_to_json(sense)),
        )
        keys = [(sense.type, k, 1, sense.paper, sense.name) for k in sense.defines]
        if sense.asks:
            keys.append((sense.type, sense.asks, 0, sense.paper, sense.name))
        self._db.executemany("INSERT OR REPLACE INTO sense_key VALUES (?, ?, ?, ?, ?)", keys)

    def drop(self, sense: Sense) -> None:
        """Take a sense out."""
        self._db.execute("DELETE FROM sense WHERE paper = ? AND name = ? AND type = ?", sense.id)
        for key, says in [(sense.asks, 0), *((k, 1) for k in sense.defines)]:
            self._db.execute(
                "DELETE FROM sense_key WHERE type = ? AND key = ? AND says = ? AND paper = ? AND name = ?",
                (sense.type, key, says, sense.paper, sense.name),
            )

    def _read(self, query: str, values: Iterable[object]) -> list[Sense]:
        return [sense_from_json(body) for (body,) in self._db.execute(query, tuple(values))]


def sense_to_json(sense: Sense) -> str:
    """Write a sense as one line of JSON."""
    fields = [
        sense.paper, sense.name, sense.type, sense.key, sense.entry, sense.role, sense.forms, sense.asks,
        sense.defines, sense.named, sense.scope,
    ]  # fmt: skip
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def sense_from_json(line: str) -> Sense:
    """Read a sense back."""
    paper, name, type, key, entry, role, forms, asks, defines, named, scope = json.loads(line)
    return Sense(
        paper, name, type, key, tuple(entry) if entry else None, role,
        tuple((f, r, s) for f, r, s in forms), asks, tuple(defines), named, scope,
    )  # fmt: skip
