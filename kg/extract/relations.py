"""Relate the things of a paper to each other, by their roles, their names and the sentences they share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kg.extract.group import known, normal, singular
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
    rule: str = ""

    def cite(self, paper: Paper) -> Relation:
        """Make it a `Relation` with evidence."""
        return Relation(
            self.head.name, self.type, self.tail.name, paper.quote(self.start, self.end), self.confidence,
            self.head.type, self.tail.type,
        )  # fmt: skip


class Rule(NamedTuple):
    """What a relation needs: heads and tails by type and role, and where the two stand.

    `where` is "paper" (anywhere) or "sentence" (one sentence names both). `confidence` is how often the rule was
    right on the development papers, with things found by the rules themselves.
    """

    name: str
    type: str
    heads: frozenset[tuple[str, str]]
    tails: frozenset[tuple[str, str]]
    where: str
    confidence: float


def _sorts(types: str, roles: str) -> frozenset[tuple[str, str]]:
    return frozenset((t, r) for t in types.split() for r in roles.split())


_OWN = _sorts("Architecture Method Hardware", "introduces")
#: Rules from the paper's main contribution to its other things; the first that holds for a pair gives the relation.
FROM_MAIN = (
    Rule("main task", "applied_to", _OWN, _sorts("Task", "addresses"), "paper", 0.33),
    Rule("main dataset", "evaluated_on", _OWN, _sorts("Dataset", "evaluates_on"), "paper", 0.54),
    Rule("main beats", "outperforms", _OWN, _sorts("Architecture Method Hardware", "compares_with"), "paper", 0.28),
    Rule("main runs", "runs_on", _OWN, _sorts("Hardware", "targets"), "paper", 0.23),
    Rule("main uses part", "uses", _OWN, _sorts("Architecture Method", "introduces"), "paper", 0.23),
    Rule("main uses beside", "uses", _OWN, _sorts("Architecture Method", "uses introduces"), "sentence", 0.18),
    Rule("main hardware uses", "uses", _sorts("Hardware", "introduces"), _sorts("Hardware", "uses"), "paper", 0.16),
)
#: What a name's ending says it is a variant of, both as `normal` writes them.
_ENDINGS = (
    ("former", "transformer"), ("vit", "visiontransformer"), ("vit", "vit"), ("mamba", "mamba"), ("bert", "bert"),
    ("gpt", "gpt"), ("llama", "llama"), ("gan", "gan"), ("detr", "detr"), ("unet", "unet"), ("clip", "clip"),
    ("lstm", "lstm"),
)  # fmt: skip
_EVERY_ENDING = tuple(dict.fromkeys(ending for ending, _ in _ENDINGS))
_OURS = ("we ", "our ", "this paper", "this work", "proposed")


#: From this confidence on, something introduced counts as named by the paper.
SURE = 0.5


def find_relations(text: str, links: Sequence[Role], sentences: Sequence[tuple[int, int]]) -> list[Related]:
    """Relate the things of one paper; at most one relation for each ordered pair."""
    found: dict[tuple[int, int], Related] = {}
    where = _Places(text, links, sentences)
    main = main_contribution(links)
    for i, j, rule, sure in (*_variants(text, links), *_of_main(links, main, where)):
        if (i, j) not in found and i != j and (j, i) not in found:
            found[i, j] = Related(links[i], rule[0], links[j], *where.evidence(i, j), sure, rule[1])
    return [found[pair] for pair in sorted(found)]


def main_contribution(links: Sequence[Role]) -> int | None:
    """Choose the paper's main contribution: the most certain thing that it introduces, the first of several."""
    own = [
        i
        for i, link in enumerate(links)
        if link.role == "introduces" and link.type in ("Architecture", "Method", "Hardware")
    ]
    return min(own, key=lambda i: (links[i].confidence < SURE, links[i].spans[0])) if own else None


class _Places:
    """Which sentences name which things."""

    def __init__(self, text: str, links: Sequence[Role], sentences: Sequence[tuple[int, int]]) -> None:
        self.sentences, self.links = sentences, links
        starts = [s for s, _ in sentences]
        self.of = [frozenset(self._sentence(starts, a) for a, _ in link.spans) - {-1} for link in links]
        low = text.lower()
        self.ours = frozenset(n for n, (s, e) in enumerate(sentences) if n == 0 or any(w in low[s:e] for w in _OURS))

    def _sentence(self, starts: Sequence[int], offset: int) -> int:
        """Give the sentence that an offset lies in, -1 between two."""
        n = bisect_right(starts, offset) - 1
        return n if n >= 0 and offset < self.sentences[n][1] else -1

    def hold(self, i: int, j: int, where: str) -> bool:
        return where == "paper" or bool(self.of[i] & self.of[j])

    def evidence(self, i: int, j: int) -> tuple[int, int]:
        both = self.of[i] & self.of[j]
        if both:
            return self.sentences[min(both)]
        own = self.of[j] & self.ours or self.of[j]
        return self.sentences[min(own)] if own else self.links[j].spans[0]


def _of_main(
    links: Sequence[Role], main: int | None, where: _Places
) -> Iterator[tuple[int, int, tuple[str, str], float]]:
    if main is None:
        return
    head = links[main]
    for j, tail in enumerate(links):
        for rule in FROM_MAIN:
            if (
                (head.type, head.role) in rule.heads
                and (tail.type, tail.role) in rule.tails
                and where.hold(main, j, rule.where)
            ):
                yield main, j, (rule.type, rule.name), rule.confidence
                break


def _variants(text: str, links: Sequence[Role]) -> Iterator[tuple[int, int, tuple[str, str], float]]:
    """Yield what is a kind of what by name: "sparse attention" of attention, "FooFormer" of Transformer."""
    forms = [sorted({singular(text[s:e]) for s, e in link.spans} | {link.name}) for link in links]
    last = {normal(f): i for i in reversed(range(len(links))) for f in forms[i]}
    for i, link in enumerate(links):
        if link.type not in ("Architecture", "Method", "Task", "Hardware"):
            continue
        entry = known(link.name, link.type)
        for wider in entry.broader if entry else ():
            j = last.get(normal(wider.split(":", 1)[-1]))
            if j is not None and links[j].type == link.type:
                yield i, j, ("variant_of", "lexicon"), 0.28
        for form in forms[i]:
            words = form.replace("-", " ").split()
            for n in range(1, len(words)):
                j = last.get(normal(" ".join(words[n:])))
                if j is not None and links[j].type == link.type:
                    yield i, j, ("variant_of", "suffix"), 0.15
            low = normal(form)
            for ending, name in _ENDINGS if low.endswith(_EVERY_ENDING) else ():
                if not low.endswith(ending) or low == name:
                    continue
                j = last.get(name)
                if j is not None and links[j].type == link.type:
                    yield i, j, ("variant_of", "ending"), 0.42
