"""From staged findings to the graph: resolve what changed and rewrite only the rows that this touches.

One call inside one transaction. A first build, or one whose lexicon or corrections changed, takes all papers as
changed; the result is the same, whatever the steps in which the papers came.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kg.corrections import Corrections
from kg.facts import claims, measurement_to_json, measurements, paper_node, person_node, venue_node
from kg.findings import paper_from_json
from kg.resolve import Change, SqliteRows, known_entity, learned, update
from kg.resolve.corpus import Identity
from kg.resolve.known import known
from kg.schema import lexicon
from kg.types import Entity, Findings, key

#: Tables that hold what resolving made; a full rebuild empties them.
_DERIVED = ("entity", "form", "node_of", "claim", "measurement", "merge", "sense", "sense_key")

#: Gives a paper's findings as the graph shall have them, by paper id.
Source = Callable[[str], Findings]


def settle(
    db: sqlite3.Connection,
    *,
    changed: Callable[[], Iterable[Findings]],
    removed: Iterable[str],
    paper: Source,
    corrections: Corrections | None,
    everything: bool,
) -> tuple[str, ...]:
    """Bring the derived tables up to date and give the corrections that met nothing.

    `changed` streams new and changed papers (twice), `removed` names papers that went. `everything` says
    that `changed` is all there is, and that what stands in the tables is to be forgotten.
    """
    rows = SqliteRows(db)
    removed = sorted(removed)
    if everything:
        for table in _DERIVED:
            db.execute(f"DELETE FROM {table}")
    graph = _Graph(db)
    fresh: set[str] = set()

    def noted() -> Iterator[Findings]:
        for f in changed():
            fresh.add(f.paper.id)
            yield f

    change = update(rows, noted(), removed, corrections=corrections)
    for id in (*removed, *fresh):
        graph.forget(id)
    touched = graph.replace_nodes(change)
    stale = graph.replace_names(change) - fresh
    for findings in changed():
        graph.write(findings)
    for id in sorted(stale):
        graph.rewrite(paper(id))
    graph.tidy_people()
    graph.learn(touched)
    return _unused(db, change, everything)


def _unused(db: sqlite3.Connection, change: Change, everything: bool) -> tuple[str, ...]:
    """Keep and give the corrections that have met nothing in any build since all was resolved."""
    unused = list(change.unused_corrections)
    if not everything:
        before = db.execute("SELECT value FROM meta WHERE key = 'unused'").fetchone()
        unused = [u for u in unused if u in json.loads(before[0] if before else "[]")]
    db.execute("INSERT OR REPLACE INTO meta VALUES ('unused', ?)", (_dump(unused),))
    return tuple(unused)


class _Graph:
    """The rows of the graph, as one settlement rewrites them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.known = known(lexicon())
        self._left: set[str] = set()  # authors and venues that a paper no longer names
        self._narrower: set[str] = set()  # things whose variant_of claims changed

    # Nodes

    def replace_nodes(self, change: Change) -> set[str]:
        """Write the nodes of every touched identity in place of those it had; give the ids of both."""
        had: set[str] = set()
        for ident in (*change.groups, *change.gone):
            had |= {n for (n,) in self.db.execute("SELECT id FROM entity WHERE ident = ?", (_ident(ident),))}
        wider: set[str] = set()
        for node in had:
            wider |= {t for (t,) in self.db.execute(_WIDER, (node,))}
            self._delete_node(node)
        have: set[str] = set()
        for ident, groups in change.groups.items():
            for group in groups:
                for e in group.entities:
                    self._write_node(e, _ident(ident))
                    have.add(e.id)
                self.db.executemany(
                    "INSERT OR REPLACE INTO merge VALUES (?, ?, ?, ?, ?)",
                    [(m.entity, m.form, m.paper, m.reason, m.score) for m in group.merges],
                )
        self._complete(have | had)
        self._drop_unneeded(wider)
        return had | have

    def _write_node(self, e: Entity, ident: str) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?, ?)",
            (e.id, e.type, e.name, ident, _dump(e.broader), _record(e)),
        )
        for form in {key(e.name), *(key(a) for a in e.aliases)}:
            self.db.execute("INSERT OR IGNORE INTO form VALUES (?, ?)", (form, e.id))
        for wide in e.broader:
            self.db.execute("INSERT OR IGNORE INTO claim VALUES (?, 'broader', ?, '', 1.0, '[[],[]]')", (e.id, wide))

    def _delete_node(self, node: str) -> None:
        self.db.execute("DELETE FROM entity WHERE id = ?", (node,))
        self.db.execute("DELETE FROM form WHERE node = ?", (node,))
        self.db.execute("DELETE FROM merge WHERE entity = ?", (node,))
        self.db.execute("DELETE FROM claim WHERE source = ? AND type = 'broader'", (node,))

    def _complete(self, nodes: Iterable[str]) -> None:
        """Add the known things that are wider than one of the graph, though no paper names them."""
        todo = sorted(nodes)
        while todo:
            node = todo.pop()
            todo += [t for (t,) in self.db.execute(f"{_WIDER} AND target NOT IN (SELECT id FROM entity)", (node,))]
            absent = self.db.execute("SELECT 1 FROM entity WHERE id = ?", (node,)).fetchone() is None
            if absent and self.db.execute(_NARROWER, (node,)).fetchone():
                self._write_node(known_entity(node, self.known), "")
                todo.append(node)

    def _drop_unneeded(self, nodes: Iterable[str]) -> None:
        """Take out known things that no paper names and nothing is narrower than any more."""
        todo = sorted(nodes)
        while todo:
            node = todo.pop()
            row = self.db.execute("SELECT ident FROM entity WHERE id = ?", (node,)).fetchone()
            if row == ("",) and not self.db.execute(_NARROWER, (node,)).fetchone():
                todo += [t for (t,) in self.db.execute(_WIDER, (node,))]
                self._delete_node(node)

    # Names and papers

    def replace_names(self, change: Change) -> set[str]:
        """Write which node each name is; give the papers of which a name is another node now."""
        papers = set()
        for groups in change.groups.values():
            for group in groups:
                for name, node in group.node_of.items():
                    before = self.db.execute(
                        "SELECT node FROM node_of WHERE paper = ? AND name = ? AND type = ?", name
                    ).fetchone()
                    if before != (node,):
                        papers.add(name[0])
                        self.db.execute("INSERT OR REPLACE INTO node_of VALUES (?, ?, ?, ?)", (*name, node))
        return papers

    def forget(self, paper: str) -> None:
        """Take out all that a paper says."""
        self.db.execute("DELETE FROM node_of WHERE paper = ?", (paper,))
        self.db.execute("DELETE FROM form WHERE node = ?", (paper_node(paper),))
        self._forget_claims(paper)

    def _forget_claims(self, paper: str) -> None:
        for source, type, target in self.db.execute("SELECT source, type, target FROM claim WHERE paper = ?", (paper,)):
            if type in ("author", "venue"):
                self._left.add(target)
            elif type == "variant_of":
                self._narrower.add(source)
        self.db.execute("DELETE FROM claim WHERE paper = ?", (paper,))
        self.db.execute("DELETE FROM measurement WHERE paper = ?", (paper,))

    def rewrite(self, findings: Findings) -> None:
        """Write again what a paper says, some of whose names are other nodes now."""
        self._forget_claims(findings.paper.id)
        self.write(findings)

    def write(self, findings: Findings) -> None:
        """Write all that a paper says."""
        paper = findings.paper
        found = self.db.execute("SELECT name, type, node FROM node_of WHERE paper = ?", (paper.id,))
        node_of = {(paper.id, name, type): node for name, type, node in found}
        said = list(claims(findings, node_of))
        self._narrower |= {source for source, type, *_ in said if type == "variant_of"}
        self.db.executemany("INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?, ?, ?)", said)
        self.db.executemany(
            "INSERT OR REPLACE INTO measurement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (m.id, m.paper, m.subject, m.metric, m.baseline, m.dataset, m.task, m.hardware,
                 _dump(measurement_to_json(m)))
                for m in measurements(findings, node_of)
            ],
        )  # fmt: skip
        for form in {key(paper.title), key(paper.id), *(key(v) for v in paper.ids.values())} - {""}:
            self.db.execute("INSERT OR IGNORE INTO form VALUES (?, ?)", (form, paper_node(paper.id)))
        for node, name in _people(findings):
            before = self.db.execute("SELECT name FROM entity WHERE id = ?", (node,)).fetchone()
            if before is None or name < before[0]:
                self._write_person(node, name)

    def _write_person(self, node: str, name: str) -> None:
        """Write an author or venue; of several ways to write the name, the first in the alphabet stands."""
        type = "Author" if node.startswith("author/") else "Venue"
        self.db.execute("DELETE FROM form WHERE node = ?", (node,))
        self._write_node(Entity(node, type, name), "")

    def tidy_people(self) -> None:
        """Take out authors and venues that no paper names any more, and name the others anew."""
        for node in sorted(self._left):
            sql = "SELECT record FROM paper JOIN claim ON claim.paper = paper.id WHERE claim.target = ?"
            papers = [paper_from_json(json.loads(record)) for (record,) in self.db.execute(sql, (node,))]
            names = [n for p in papers for at, n in _people(Findings(p)) if at == node]
            if names:
                self._write_person(node, min(names))
            else:
                self._delete_node(node)

    # Hierarchy

    def learn(self, touched: set[str]) -> None:
        """Place things that the lexicon does not know under what papers call them a variant of."""
        todo = set(self._narrower)
        for node in touched:
            todo |= {s for (s,) in self.db.execute(_VARIANTS_OF, (node,))}
        todo |= touched
        for node in sorted(todo):
            gone = self.db.execute(
                "DELETE FROM claim WHERE source = ? AND type = 'broader' AND paper <> ''", (node,)
            ).rowcount
            pairs = self.db.execute(
                "SELECT source, target, paper FROM claim WHERE source = ? AND type = 'variant_of'"
                " AND source IN (SELECT id FROM entity) AND target IN (SELECT id FROM entity)",
                (node,),
            ).fetchall()
            found = learned(pairs, self._placed)
            for (narrow, wide), papers in found.items():
                for paper in papers:
                    self.db.execute(_COPY_VARIANT, (narrow, wide, narrow, wide, paper))
            if found or gone:
                e = self._placed(node)
                broader = tuple(sorted({*e.broader, *(wide for _, wide in found)}))
                record = json.loads(self.db.execute("SELECT record FROM entity WHERE id = ?", (node,)).fetchone()[0])
                record = (
                    {**record, "broader": broader} if broader else {k: v for k, v in record.items() if k != "broader"}
                )
                self.db.execute("UPDATE entity SET record = ? WHERE id = ?", (_dump(record), node))

    def _placed(self, node: str) -> Entity:
        """Give an entity with the place that the lexicon gives it, and no other."""
        placed, record = self.db.execute("SELECT placed, record FROM entity WHERE id = ?", (node,)).fetchone()
        fields: dict[str, Any] = json.loads(record)
        return Entity(
            node, fields["type"], fields["name"], broader=tuple(json.loads(placed)), known=bool(fields.get("known"))
        )


_WIDER = "SELECT target FROM claim WHERE source = ? AND type = 'broader' AND paper = ''"
_NARROWER = "SELECT 1 FROM claim WHERE target = ? AND type = 'broader' LIMIT 1"
_VARIANTS_OF = "SELECT source FROM claim WHERE target = ? AND type = 'variant_of'"
_COPY_VARIANT = (
    "INSERT OR IGNORE INTO claim SELECT ?, 'broader', ?, paper, confidence, words FROM claim"
    " WHERE source = ? AND type = 'variant_of' AND target = ? AND paper = ?"
)


def _ident(ident: Identity) -> str:
    return "\x1f".join(ident)


def _people(findings: Findings) -> Iterator[tuple[str, str]]:
    paper = findings.paper
    yield from ((person_node(name), name) for name in paper.authors)
    if paper.venue:
        yield venue_node(paper.venue), paper.venue


def _record(e: Entity) -> str:
    fields: Mapping[str, Any] = {
        "type": e.type, "name": e.name, "aliases": e.aliases, "broader": e.broader,
        "ids": dict(sorted(e.ids.items())), "scope": e.scope, "known": e.known,
    }  # fmt: skip
    return _dump({name: value for name, value in fields.items() if value})


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
