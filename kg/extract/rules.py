"""The rules extractor: small steps one after another, no training, no model.

    names -> definitions -> quantities -> own -> nouns -> entities -> roles -> relations -> results

Each step reads what those before it left on the text and adds its own. `kg.extract.rules_spacy` offers them as
components of a spaCy pipeline, so that a trained component can take the place of one or several of them.
Offsets count characters of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from kg import __version__
from kg.extract.acronyms import Definition, definitions
from kg.extract.group import Group, group, is_other, normal, singular
from kg.extract.names import Candidate, Folded, NameMatcher, fold, tokens
from kg.extract.own import Own, introduced_phrases, own_candidates, own_names
from kg.extract.patterns import coined, datasets, noun_phrases
from kg.extract.quantities import Quantity, quantities
from kg.extract.relations import Related, find_relations
from kg.extract.results import Claimed, find_results
from kg.extract.roles import Role, find_roles
from kg.extract.scan import Taken
from kg.extract.words import WEAK
from kg.findings import sentence_spans
from kg.schema import lexicon
from kg.types import Findings, Link, Mention, Paper, digest


class Read:
    """One text, and what the steps found in it so far."""

    names: list[Candidate]
    definitions: list[Definition]
    quantities: list[Quantity]
    own: list[Own]
    nouns: list[Candidate]
    groups: list[Group]
    sentences: list[tuple[int, int]]
    links: list[Role]
    relations: list[Related]
    results: list[Claimed]

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> list[tuple[int, str]]:
        """The words and signs as (offset, text): names inside "CNN/Transformer-based" and LaTeX remains are apart."""
        return tokens(self.text)

    @cached_property
    def folded(self) -> list[Folded]:
        """Each token without case, as it is and in the singular."""
        return [fold(t) for _, t in self.tokens]


@cache
def _matcher() -> NameMatcher:
    return NameMatcher(lexicon().entries)


def find_names(read: Read) -> None:
    """Match the names of the lexicon."""
    read.names = _matcher().find(read.text, read.tokens, read.folded)


def find_definitions(read: Read) -> None:
    """Find the abbreviations that the text defines."""
    read.definitions = definitions(read.text)


def find_quantities(read: Read) -> None:
    """Find the numbers and their units."""
    read.quantities = quantities(read.text)


def find_own(read: Read) -> None:
    """Find what the paper itself introduces."""
    title = read.text.split("\n", 1)[0]
    read.own = list(own_names(title, read.text, read.definitions))


def find_nouns(read: Read) -> None:
    """Find phrases and coined names by how they end."""
    read.nouns = [
        *noun_phrases(read.text, read.tokens, read.folded),
        *coined(read.text),
        *datasets(read.text),
        *introduced_phrases(read.text),
    ]


def find_entities(read: Read) -> None:
    """Choose among overlapping candidates, spread names over the text, and group them into things."""
    text = read.text
    meant = {singular(d.short): d.long for d in read.definitions}
    names = []
    for c in read.names:
        form = singular(text[c.start : c.end])
        if form.casefold() in WEAK and not _beside(read, c):
            continue
        if form not in meant or not is_other(form, meant[form], c.type):
            names.append(c)
    chosen = _choose([*own_candidates(read.own), *names, *read.nouns])
    spans = _spread(text, chosen, read.definitions)
    read.groups = group(text, spans, defined=read.definitions)


def find_links(read: Read) -> None:
    """Give each thing its role."""
    read.sentences = sentence_spans(read.text)
    read.links = find_roles(read.text, read.groups, read.own, read.sentences)


def relate(read: Read) -> None:
    """Relate the paper's things to each other."""
    read.relations = find_relations(read.text, read.links, read.sentences)


def read_results(read: Read) -> None:
    """Find the numbers that the paper claims."""
    read.results = find_results(read.text, read.quantities, read.links, read.sentences)


#: The steps in order, by name.
STEPS: Mapping[str, Callable[[Read], None]] = {
    "names": find_names,
    "definitions": find_definitions,
    "quantities": find_quantities,
    "own": find_own,
    "nouns": find_nouns,
    "entities": find_entities,
    "roles": find_links,
    "relations": relate,
    "results": read_results,
}


def _beside(read: Read, c: Candidate) -> bool:
    """Tell whether a number with a unit stands next to a candidate."""
    return any(q.unit and min(abs(q.start - c.end), abs(c.start - q.end)) < 40 for q in read.quantities)


def _choose(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep the best of candidates that overlap: smaller rank first, then the longer, then the earlier one."""
    taken = Taken()
    ordered = sorted(
        candidates, key=lambda c: (c.rank > 4, -(c.end - c.start) if c.rank > 0 else -999, c.rank, c.start)
    )
    return sorted(c for c in ordered if c.end > c.start and taken.take(c.start, c.end))


def _spread(text: str, chosen: Sequence[Candidate], defined: Sequence[Definition]) -> list[tuple[int, int, str]]:
    """Take a form that is a name once as a name everywhere, with one type in the whole paper."""
    votes: dict[str, dict[str, int]] = {}
    for c in chosen:
        count = votes.setdefault(normal(text[c.start : c.end]), {})
        count[c.type] = count.get(c.type, 0) + (5 if c.rank == 0 else 1)
    kinds = {form: min(count, key=lambda t: (-count[t], t)) for form, count in votes.items()}
    for d in defined:
        short, long = normal(d.short), normal(d.long)
        kind = (
            kinds.get(short)
            if short in kinds and any(c.rule == "own" and normal(text[c.start : c.end]) == short for c in chosen)
            else None
        )
        kind = kind or kinds.get(long) or kinds.get(short)
        if kind:
            kinds[short] = kinds[long] = kind
    spans = {(c.start, c.end, kinds[normal(text[c.start : c.end])]) for c in chosen}
    taken = Taken()
    for start, end, _ in spans:
        taken.take(start, end)
    forms = {text[s:e] for s, e, _ in spans}
    for d in defined:
        if normal(d.short) in kinds:
            forms |= {d.short, d.long}
    folded = text.casefold()
    folded = folded if len(folded) == len(text) else text
    for form in sorted(forms, key=lambda f: (-len(f), f)):
        for start, end in _occurrences(text, folded, form):
            if taken.take(start, end):
                spans.add((start, end, kinds[normal(form)]))
    return sorted(spans)


def _occurrences(text: str, folded: str, form: str) -> Iterator[tuple[int, int]]:
    """Yield where a form stands as whole words; longer names of several words in any case."""
    within, sought = (folded, form.casefold()) if len(form) > 5 and " " in form else (text, form)
    at = within.find(sought)
    while at >= 0 and len(form) > 1:
        end = at + len(form)
        if not (at and text[at - 1].isalnum() and form[0].isalnum()) and not (
            end < len(text) and text[end].isalnum() and form[-1].isalnum()
        ):
            yield at, end
        at = within.find(sought, end)


class Rules:
    """The rules as an extractor: `name` "rules", `version` a fingerprint of code version and lexicon."""

    name = "rules"

    def __init__(self) -> None:
        entries = lexicon().entries
        self.version = f"{__version__}-{digest(*(repr(e) for e in entries))}"

    def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
        """Yield the findings of each paper, in order."""
        for paper in papers:
            yield self._findings(paper)

    def groups(self, text: str) -> list[Group]:
        """Give only the things that a text names: the first steps, for whoever judges the rest."""
        read = Read(text)
        for name, step in STEPS.items():
            step(read)
            if name == "entities":
                break
        return read.groups

    def _findings(self, paper: Paper) -> Findings:
        text = paper.text
        if not text.strip():
            return Findings(paper)
        read = Read(text)
        for step in STEPS.values():
            step(read)
        links = tuple(
            Link(
                link.name, link.type, link.role, tuple(Mention(text[s:e], s, e) for s, e in link.spans), link.confidence
            )
            for link in read.links
        )
        relations = tuple(r.cite(paper) for r in read.relations)
        results = tuple(r.cite(paper) for r in read.results)
        return Findings(paper, links, relations, results)


def load_rules(**_: Any) -> Rules:
    """Load the rules extractor."""
    return Rules()
