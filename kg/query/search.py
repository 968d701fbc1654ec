"""Full-text search over papers, names, aliases and evidence: an SQLite FTS5 index that can be thrown away.

my.kg/search.sqlite     made when first asked for, and again after a build that changed something
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import DiskFull, QueryError, UnknownName
from kg.facts import paper_node
from kg.query.index import fingerprint
from kg.schema import NODE_TYPES
from kg.types import key

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Changes when the layout below does.
LAYOUT = "1"

#: How much a match counts in a name, an alias and the words about a thing.
_WEIGHTS = (10.0, 5.0, 1.0)

#: Sentences kept about one entity: enough to find it by, not all that was ever said.
_MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: its node, and where the words stand, each between \\x02 and \\x03."""

    id: str
    type: str
    name: str
    score: float
    snippet: str


def search(graph: KnowledgeGraph, words: str, *, type: str | None = None, limit: int = 20) -> Iterator[Hit]:
    """Find papers and things by words, the best first.

    All words must occur, in any form ("running" finds "runs"); if nothing has all of them, any will do.
    `"quoted words"` stand together, `word*` is a beginning, `-word` is left out. Raises QueryError for a
    search without a word to find, UnknownName for a type that there is not.
    """
    if type is not None:
        known = {t.casefold(): t for t in NODE_TYPES}
        if type.casefold() not in known:
            raise UnknownName("type", type, NODE_TYPES)
        type = known[type.casefold()]
    every, some = _expressions(words)
    called = {node for (node,) in graph.store.rows("SELECT node FROM form WHERE key = ?", (key(words),))}
    with closing(_open(graph)) as db:
        found = _match(db, every, type, max(limit, 50))
        if not found and some != every:
            found = _match(db, some, type, limit)
    found.sort(key=lambda row: row[0] not in called)  # what is called exactly so comes first
    for id, kind, name, score, snippet in found[:limit]:
        yield Hit(id, kind, name, round(-score, 4), " ".join(snippet.split()) if "\x02" in snippet else "")


def _match(
    db: sqlite3.Connection, expression: str, type: str | None, limit: int
) -> list[tuple[str, str, str, float, str]]:
    where, more = (" AND type = ?", [type]) if type else ("", [])
    sql = (
        f"SELECT id, type, name, bm25(words, 0, 0, {', '.join(map(str, _WEIGHTS))}) AS score,"
        " snippet(words, -1, char(2), char(3), ' … ', 24) FROM words"
        f" WHERE words MATCH ?{where} ORDER BY round(score, 6), id LIMIT ?"
    )
    return list(db.execute(sql, [expression, *more, limit]))


def _expressions(words: str) -> tuple[str, str]:
    r"""Write a search in FTS5's language, with all words and with any; nothing of the text is an operator.

    >>> _expressions('low-rank quant* -GPU')
    ('(("low rank" AND "quant"*) NOT ("GPU"))', '(("low rank" OR "quant"*) NOT ("GPU"))')
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, quoted, plain in re.findall(r'(-?)(?:"([^"]*)"|(\S+))', words):
        star = "*" if not quoted and plain.endswith("*") else ""
        tokens = re.findall(r"\w+", quoted or plain)
        if tokens:
            (unwanted if minus else wanted).append(f'"{" ".join(tokens)}"{star}')
    if not wanted:
        raise QueryError(f"nothing to search for in {words!r}", hint="give at least one word that should occur")
    without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
    every, some = (f"({joint.join(wanted)})" for joint in (" AND ", " OR "))
    return f"({every}{without})", f"({some}{without})"


# The index


def _open(graph: KnowledgeGraph) -> sqlite3.Connection:
    mark = f"{LAYOUT} {fingerprint(graph)}"
    path = graph.path / "search.sqlite" if graph.path is not None and not graph.min_confidence else None
    if path is not None and path.is_file():
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            (made,) = db.execute("SELECT mark FROM made").fetchone()
        except (sqlite3.DatabaseError, TypeError):
            made = ""
        if made == mark:
            return db
        db.close()
    if path is None or not os.access(path.parent, os.W_OK):
        db = sqlite3.connect(":memory:")
        _fill(db, graph, mark)
        return db
    _make(path, graph, mark)
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _make(path: Path, graph: KnowledgeGraph, mark: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with closing(sqlite3.connect(draft)) as db:
            _fill(db, graph, mark)
        draft.replace(path)
    except sqlite3.OperationalError as error:
        raise DiskFull(f"cannot make the search index: {error}", where=path) from error
    finally:
        draft.unlink(missing_ok=True)


def _fill(db: sqlite3.Connection, graph: KnowledgeGraph, mark: str) -> None:
    db.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE VIRTUAL TABLE words USING fts5("
        " id UNINDEXED, type UNINDEXED, name, aliases, body, tokenize = 'porter unicode61 remove_diacritics 2');"
        "CREATE TABLE made (mark TEXT);"
    )
    db.executemany("INSERT INTO words VALUES (?, ?, ?, ?, ?)", _documents(graph))
    db.execute("INSERT INTO words (words) VALUES ('optimize')")
    db.execute("INSERT INTO made VALUES (?)", (mark,))
    db.commit()


def _documents(graph: KnowledgeGraph) -> Iterator[tuple[str, str, str, str, str]]:
    for p in graph.papers():
        outside = " ".join((*p.ids.values(), *p.authors, p.venue or "", p.date or ""))
        yield paper_node(p.id), "Paper", p.title, outside, p.abstract
    for e in graph.entities():
        yield e.id, e.type, e.name, " | ".join((*e.aliases, *e.ids.values())), _words_about(graph, e.id)


def _words_about(graph: KnowledgeGraph, node: str) -> str:
    quotes = (w.quote for edge in graph.edges(target=node) for claim in edge.claims for w in claim.evidence)
    return " … ".join(dict.fromkeys(islice(quotes, _MOST_WORDS)))
