"""The rules extractor: a spaCy pipeline of small components, no training, no model.

    kg_names -> kg_definitions -> kg_own -> kg_nouns -> kg_entities -> kg_roles -> kg_relations -> kg_results

Each component is a registered factory that declares what it needs and gives (`nlp.analyze_pipes()` shows it),
so that a trained component can take the place of one or several of them. What they hand on are extension
attributes `doc._.kg_*`; offsets count characters of `doc.text`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg import __version__
from kg.extract.acronyms import Definition, definitions
from kg.extract.group import group, normal
from kg.extract.names import Candidate, NameMatcher
from kg.extract.own import own_candidates, own_names
from kg.extract.patterns import coined, datasets, noun_phrases
from kg.extract.quantities import quantities
from kg.extract.relations import find_relations
from kg.extract.results import find_results
from kg.extract.roles import find_roles
from kg.findings import sentence_spans
from kg.schema import lexicon
from kg.types import Findings, Link, Mention, Paper, digest

_ATTRIBUTES = (
    "kg_title", "kg_sentences", "kg_names", "kg_definitions", "kg_own", "kg_nouns", "kg_groups", "kg_links", "kg_quantities",
    "kg_relations", "kg_results",
)  # fmt: skip
for _attribute in _ATTRIBUTES:
    if not Doc.has_extension(_attribute):
        Doc.set_extension(_attribute, default=None)

#: Hyphens, slashes and LaTeX signs always part tokens, so that names inside them are found.
_INFIX = re.compile(r"[-/\\$~_{}()\[\],;:=*<>|–—·×\"“”]")
_EDGE = re.compile(r"[-/\\$~_{}()\[\],;:=*<>|–—·×\"“”‘’'`.!?&%#@]")


@cache
def _matcher() -> NameMatcher:
    return NameMatcher(lexicon().entries)


@Language.component("kg_names", assigns=["doc._.kg_names"], requires=[])
def find_names(doc: Doc) -> Doc:
    """Match the names of the lexicon."""
    tokens = [(t.idx, t.text) for t in doc if not t.is_space]
    doc.user_data["kg_tokens"] = tokens
    doc._.kg_names = list(_matcher().find(doc.text, tokens))
    return doc


@Language.component("kg_definitions", assigns=["doc._.kg_definitions"])
def find_definitions(doc: Doc) -> Doc:
    """Find the abbreviations that the text defines."""
    doc._.kg_definitions = definitions(doc.text)
    return doc


@Language.component("kg_own", requires=["doc._.kg_definitions"], assigns=["doc._.kg_own"])
def find_own(doc: Doc) -> Doc:
    """Find what the paper itself introduces."""
    title = doc.text.split("\n", 1)[0]
    doc._.kg_own = list(own_names(title, doc.text, doc._.kg_definitions))
    return doc


@Language.component("kg_nouns", assigns=["doc._.kg_nouns"])
def find_nouns(doc: Doc) -> Doc:
    """Find phrases and coined names by how they end."""
    tokens = doc.user_data["kg_tokens"]
    doc._.kg_nouns = [*noun_phrases(doc.text, tokens), *coined(doc.text), *datasets(doc.text)]
    return doc


@Language.component(
    "kg_entities",
    requires=["doc._.kg_names", "doc._.kg_definitions", "doc._.kg_own", "doc._.kg_nouns"],
    assigns=["doc._.kg_groups"],
)
def find_entities(doc: Doc) -> Doc:
    """Choose among overlapping candidates, spread names over the text, and group them into things."""
    text = doc.text
    chosen = _choose([*own_candidates(doc._.kg_own), *doc._.kg_names, *doc._.kg_nouns])
    spans = _spread(text, chosen, doc._.kg_definitions)
    doc._.kg_groups = group(text, spans, defined=doc._.kg_definitions)
    return doc


@Language.component("kg_roles", requires=["doc._.kg_groups", "doc._.kg_own"], assigns=["doc._.kg_links"])
def find_links(doc: Doc) -> Doc:
    """Give each thing its role."""
    doc._.kg_sentences = sentence_spans(doc.text)
    doc._.kg_links = find_roles(doc.text, doc._.kg_groups, doc._.kg_own, doc._.kg_sentences)
    return doc


@Language.component("kg_relations", requires=["doc._.kg_links"], assigns=["doc._.kg_relations"])
def relate(doc: Doc) -> Doc:
    """Relate the paper's things to each other."""
    doc._.kg_relations = find_relations(doc.text, doc._.kg_links, doc._.kg_sentences)
    return doc


@Language.component("kg_results", requires=["doc._.kg_links"], assigns=["doc._.kg_quantities", "doc._.kg_results"])
def read_results(doc: Doc) -> Doc:
    """Find the numbers that the paper claims."""
    doc._.kg_quantities = quantities(doc.text)
    doc._.kg_results = find_results(doc.text, doc._.kg_quantities, doc._.kg_links, doc._.kg_sentences)
    return doc


PIPES = ("kg_names", "kg_definitions", "kg_own", "kg_nouns", "kg_entities", "kg_roles", "kg_relations", "kg_results")


def _choose(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep the best of candidates that overlap: smaller rank first, then the longer, then the earlier one."""
    taken: set[int] = set()
    kept = []
    for c in sorted(candidates, key=lambda c: (c.rank > 4, -(c.end - c.start) if c.rank > 0 else -999, c.rank, c.start)):
        if c.end > c.start and not any(i in taken for i in range(c.start, c.end)):
            taken.update(range(c.start, c.end))
            kept.append(c)
    return sorted(kept)


def _spread(text: str, chosen: Sequence[Candidate], defined: Sequence[Definition]) -> list[tuple[int, int, str]]:
    """Take a form that is a name once as a name everywhere, with one type in the whole paper."""
    votes: dict[str, Counter[str]] = {}
    for c in chosen:
        votes.setdefault(normal(text[c.start : c.end]), Counter())[c.type] += 5 if c.rank == 0 else 1
    kinds = {form: max(sorted(count), key=lambda t: count[t]) for form, count in votes.items()}
    for d in defined:
        short, long = normal(d.short), normal(d.long)
        kind = kinds.get(short) if short in kinds and any(c.rule == "own" and normal(text[c.start : c.end]) == short for c in chosen) else None
        kind = kind or kinds.get(long) or kinds.get(short)
        if kind:
            kinds[short] = kinds[long] = kind
    spans = {(c.start, c.end, kinds[normal(text[c.start : c.end])]) for c in chosen}
    taken = {i for s, e, _ in spans for i in range(s, e)}
    forms = {text[s:e] for s, e, _ in spans}
    for d in defined:
        if normal(d.short) in kinds:
            forms |= {d.short, d.long}
    for form in sorted(forms, key=lambda f: (-len(f), f)):
        if len(form) < 2:
            continue
        left = r"(?<![\w])" if form[0].isalnum() else ""
        right = r"(?![\w])" if form[-1].isalnum() else ""
        flags = 0 if len(form) < 6 or " " not in form else re.I
        for m in re.finditer(left + re.escape(form) + right, text, flags):
            if not any(i in taken for i in range(*m.span())):
                taken.update(range(*m.span()))
                spans.add((*m.span(), kinds[normal(form)]))
    return sorted(spans)


def pipeline() -> Language:
    """Build the spaCy pipeline of the rules."""
    nlp = spacy.blank("en")
    nlp.max_length = 1 << 40  # nothing here needs memory in proportion to more than the text itself
    nlp.tokenizer.rules = {}
    nlp.tokenizer.url_match = None
    nlp.tokenizer.token_match = None
    nlp.tokenizer.infix_finditer = _INFIX.finditer
    for name in PIPES:
        nlp.add_pipe(name)
    return nlp


class Rules:
    """The rules as an extractor: `name` "rules", `version` a fingerprint of code version and lexicon."""

    name = "rules"

    def __init__(self) -> None:
        entries = lexicon().entries
        self.version = f"{__version__}-{digest(*(repr(e) for e in entries))}"
        self.nlp = pipeline()

    def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
        """Yield the findings of each paper, in order."""
        for paper in papers:
            yield self._findings(paper)

    def _findings(self, paper: Paper) -> Findings:
        text = paper.text
        if not text.strip():
            return Findings(paper)
        doc = self.nlp(text)
        links = tuple(
            Link(
                link.name, link.type, link.role, tuple(Mention(text[s:e], s, e) for s, e in link.spans), link.confidence
            )
            for link in doc._.kg_links
        )
        relations = tuple(r.cite(paper) for r in doc._.kg_relations)
        results = tuple(r.cite(paper) for r in doc._.kg_results)
        return Findings(paper, links, relations, results)


def load_rules(**_: Any) -> Rules:
    """Load the rules extractor."""
    return Rules()
