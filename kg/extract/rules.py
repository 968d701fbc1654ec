"""The rules extractor: a spaCy pipeline of small components, no training, no model.

    kg_names -> kg_definitions -> kg_quantities -> kg_own -> kg_nouns
             -> kg_entities -> kg_roles -> kg_relations -> kg_results

Each component is a registered factory that declares what it needs and gives (`nlp.analyze_pipes()` shows it),
so that a trained component can take the place of one or several of them. What they hand on are extension
attributes `doc._.kg_*`; offsets count characters of `doc.text`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from kg import __version__
from kg.extract.acronyms import Definition, definitions
from kg.extract.group import Group, group, normal, singular
from kg.extract.names import TOKEN, Candidate, Folded, NameMatcher, fold
from kg.extract.own import introduced_phrases, own_candidates, own_names
from kg.extract.patterns import coined, datasets, noun_phrases
from kg.extract.quantities import quantities
from kg.extract.relations import find_relations
from kg.extract.results import find_results
from kg.extract.roles import find_roles
from kg.extract.words import WEAK
from kg.findings import sentence_spans
from kg.schema import lexicon
from kg.types import Findings, Link, Mention, Paper, digest

_ATTRIBUTES = (
    "kg_sentences", "kg_names", "kg_definitions", "kg_own", "kg_nouns", "kg_groups", "kg_links",
    "kg_quantities",     "kg_relations", "kg_results",
)  # fmt: skip
for _attribute in _ATTRIBUTES:
    if not Doc.has_extension(_attribute):
        Doc.set_extension(_attribute, default=None)


@registry.tokenizers("kg.names.v1")  # type: ignore[untyped-decorator]  # spaCy's registries carry no types
def create_tokenizer() -> Callable[[Language], Callable[[str], Doc]]:
    """Make a tokenizer that parts words at blanks."""

    def create(nlp: Language) -> Callable[[str], Doc]:
        def tokenize(text: str) -> Doc:
            # spaCy's own tokens are the words between blanks: the rules cut finer ones themselves, and only once.
            words = text.split(" ")
            spaces = [True] * (len(words) - 1) + [False]
            if not all(words):  # several blanks in a row, or at an end: each run is a token
                words = re.findall(r"[^ ]+| +", text)
                spaces = [False] * len(words)
            return Doc(nlp.vocab, words=words, spaces=spaces, user_data={"kg_text": text})

        return tokenize

    return create


def _text(doc: Doc) -> str:
    """Give the text that the paper's offsets refer to (`doc.text` joins all tokens at each call)."""
    if "kg_text" not in doc.user_data:
        doc.user_data["kg_text"] = doc.text
    return str(doc.user_data["kg_text"])


def _tokens(doc: Doc) -> list[tuple[int, str]]:
    """Give the words and signs as (offset, text): names inside "CNN/Transformer-based" and LaTeX remains are apart."""
    if "kg_tokens" not in doc.user_data:
        doc.user_data["kg_tokens"] = [(m.start(), m[0]) for m in TOKEN.finditer(_text(doc))]
    tokens: list[tuple[int, str]] = doc.user_data["kg_tokens"]
    return tokens


def _folded(doc: Doc) -> list[Folded]:
    """Give each token without case, as it is and in the singular."""
    if "kg_folded" not in doc.user_data:
        doc.user_data["kg_folded"] = [fold(t) for _, t in _tokens(doc)]
    folded: list[Folded] = doc.user_data["kg_folded"]
    return folded


@cache
def _matcher() -> NameMatcher:
    return NameMatcher(lexicon().entries)


@Language.component("kg_names", assigns=["doc._.kg_names"], requires=[])
def find_names(doc: Doc) -> Doc:
    """Match the names of the lexicon."""
    tokens = _tokens(doc)
    doc._.kg_names = _matcher().find(_text(doc), tokens, _folded(doc))
    return doc


@Language.component("kg_definitions", assigns=["doc._.kg_definitions"])
def find_definitions(doc: Doc) -> Doc:
    """Find the abbreviations that the text defines."""
    doc._.kg_definitions = definitions(_text(doc))
    return doc


@Language.component("kg_quantities", assigns=["doc._.kg_quantities"])
def find_quantities(doc: Doc) -> Doc:
    """Find the numbers and their units."""
    doc._.kg_quantities = quantities(_text(doc))
    return doc


@Language.component("kg_own", requires=["doc._.kg_definitions"], assigns=["doc._.kg_own"])
def find_own(doc: Doc) -> Doc:
    """Find what the paper itself introduces."""
    title = _text(doc).split("\n", 1)[0]
    doc._.kg_own = list(own_names(title, _text(doc), doc._.kg_definitions))
    return doc


@Language.component("kg_nouns", assigns=["doc._.kg_nouns"])
def find_nouns(doc: Doc) -> Doc:
    """Find phrases and coined names by how they end."""
    tokens = _tokens(doc)
    doc._.kg_nouns = [
        *noun_phrases(_text(doc), tokens, _folded(doc)),
        *coined(_text(doc)),
        *datasets(_text(doc)),
        *introduced_phrases(_text(doc)),
    ]
    return doc


@Language.component(
    "kg_entities",
    requires=["doc._.kg_names", "doc._.kg_definitions", "doc._.kg_quantities", "doc._.kg_own", "doc._.kg_nouns"],
    assigns=["doc._.kg_groups"],
)
def find_entities(doc: Doc) -> Doc:
    """Choose among overlapping candidates, spread names over the text, and group them into things."""
    text = _text(doc)
    names = [c for c in doc._.kg_names if singular(text[c.start : c.end]).casefold() not in WEAK or _beside(doc, c)]
    chosen = _choose([*own_candidates(doc._.kg_own), *names, *doc._.kg_nouns])
    spans = _spread(text, chosen, doc._.kg_definitions)
    doc._.kg_groups = group(text, spans, defined=doc._.kg_definitions)
    return doc


@Language.component("kg_roles", requires=["doc._.kg_groups", "doc._.kg_own"], assigns=["doc._.kg_links"])
def find_links(doc: Doc) -> Doc:
    """Give each thing its role."""
    doc._.kg_sentences = sentence_spans(_text(doc))
    doc._.kg_links = find_roles(_text(doc), doc._.kg_groups, doc._.kg_own, doc._.kg_sentences)
    return doc


@Language.component("kg_relations", requires=["doc._.kg_links"], assigns=["doc._.kg_relations"])
def relate(doc: Doc) -> Doc:
    """Relate the paper's things to each other."""
    doc._.kg_relations = find_relations(_text(doc), doc._.kg_links, doc._.kg_sentences)
    return doc


@Language.component("kg_results", requires=["doc._.kg_links", "doc._.kg_quantities"], assigns=["doc._.kg_results"])
def read_results(doc: Doc) -> Doc:
    """Find the numbers that the paper claims."""
    doc._.kg_results = find_results(_text(doc), doc._.kg_quantities, doc._.kg_links, doc._.kg_sentences)
    return doc


PIPES = (
    "kg_names",
    "kg_definitions",
    "kg_quantities",
    "kg_own",
    "kg_nouns",
    "kg_entities",
    "kg_roles",
    "kg_relations",
    "kg_results",
)


def _beside(doc: Doc, c: Candidate) -> bool:
    """Tell whether a number with a unit stands next to a candidate."""
    return any(q.unit and min(abs(q.start - c.end), abs(c.start - q.end)) < 40 for q in doc._.kg_quantities)


def _choose(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep the best of candidates that overlap: smaller rank first, then the longer, then the earlier one."""
    taken: set[int] = set()
    kept = []
    for c in sorted(
        candidates, key=lambda c: (c.rank > 4, -(c.end - c.start) if c.rank > 0 else -999, c.rank, c.start)
    ):
        if c.end > c.start and taken.isdisjoint(range(c.start, c.end)):
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
        kind = (
            kinds.get(short)
            if short in kinds and any(c.rule == "own" and normal(text[c.start : c.end]) == short for c in chosen)
            else None
        )
        kind = kind or kinds.get(long) or kinds.get(short)
        if kind:
            kinds[short] = kinds[long] = kind
    spans = {(c.start, c.end, kinds[normal(text[c.start : c.end])]) for c in chosen}
    taken = {i for s, e, _ in spans for i in range(s, e)}
    forms = {text[s:e] for s, e, _ in spans}
    for d in defined:
        if normal(d.short) in kinds:
            forms |= {d.short, d.long}
    folded = text.casefold()
    folded = folded if len(folded) == len(text) else text
    for form in sorted(forms, key=lambda f: (-len(f), f)):
        for start, end in _occurrences(text, folded, form):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
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


def pipeline() -> Language:
    """Build the spaCy pipeline of the rules."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "kg.names.v1"}}})
    nlp.max_length = 1 << 40  # no parser here, which is what the limit is for
    # Word shapes and the like are computed for every new word, and used by nothing here.
    nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined]  # the stubs lack it
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

    def groups(self, text: str) -> list[Group]:
        """Give only the things that a text names: the first part of the pipeline, for whoever judges the rest."""
        with self.nlp.memory_zone():
            doc = self.nlp.make_doc(text)
            for name, component in self.nlp.pipeline:
                doc = component(doc)
                if name == "kg_entities":
                    break
            groups: list[Group] = doc._.kg_groups
        return groups

    def _findings(self, paper: Paper) -> Findings:
        text = paper.text
        if not text.strip():
            return Findings(paper)
        with self.nlp.memory_zone():  # words met once are forgotten: a million papers hold many
            doc = self.nlp(text)
            links = tuple(
                Link(
                    link.name,
                    link.type,
                    link.role,
                    tuple(Mention(text[s:e], s, e) for s, e in link.spans),
                    link.confidence,
                )
                for link in doc._.kg_links
            )
            relations = tuple(r.cite(paper) for r in doc._.kg_relations)
            results = tuple(r.cite(paper) for r in doc._.kg_results)
        return Findings(paper, links, relations, results)


def load_rules(**_: Any) -> Rules:
    """Load the rules extractor."""
    return Rules()
