"""Relate the things of a paper to each other, by their roles and by the words between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kg.extract.roles import Role
from kg.types import Paper, Relation


class Related(NamedTuple):
    """A relation between two things of a paper, with the offsets of the words that say so."""

    head: Role
    type: str
    tail: Role
    start: int
    end: int
    confidence: float

    def cite(self, paper: Paper) -> Relation:
        """Make it a `Relation` with evidence."""
        return Relation(
            self.head.name, self.type, self.tail.name, paper.quote(self.start, self.end), self.confidence, self.head.type, self.tail.type
        )


#: (type of head, type of tail, role of tail) -> relation of the paper's main contribution, and its confidence.
_FROM_MAIN = {
    ("Task", "addresses"): ("applied_to", 0.55),
    ("Dataset", "evaluates_on"): ("evaluated_on", 0.7),
    ("Hardware", "targets"): ("runs_on", 0.5),
    ("Architecture", "compares_with"): ("outperforms", 0.5),
    ("Method", "compares_with"): ("outperforms", 0.5),
}


def _evidence(head: Role, tail: Role, sentences: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Give the sentence that names both, else the tail's first sentence."""
    for s, e in sentences:
        if any(s <= a < e for a, _ in head.spans) and any(s <= a < e for a, _ in tail.spans):
            return s, e
    a, b = tail.spans[0]
    return next(((s, e) for s, e in sentences if s <= a < e), (a, b))


def find_relations(text: str, links: Sequence[Role], sentences: Sequence[tuple[int, int]]) -> list[Related]:
    """Relate the main contribution to the other things of a paper."""
    main = _main(links)
    found = []
    if main is None:
        return []
    for link in links:
        if link is main:
            continue
        row = _FROM_MAIN.get((link.type, link.role))
        if row:
            found.append(Related(main, row[0], link, *_evidence(main, link, sentences), row[1]))
        elif link.role in ("uses", "introduces") and link.type in ("Architecture", "Method"):
            found.append(Related(main, "uses", link, *_evidence(main, link, sentences), 0.35))
    return found


def _main(links: Sequence[Role]) -> Role | None:
    """Choose the paper's main contribution: what it introduces first."""
    own = [link for link in links if link.role == "introduces" and link.type != "Dataset"]
    return min(own, key=lambda r: (-r.confidence, r.spans[0])) if own else None
