"""The values that flow through kg: a paper, what it says, and the things it says it about.

Two groups. `Findings` is all that one paper says, before anything is merged (the unit of cache,
evaluation and distribution). `Entity`, `Edge` and `Claim` are what the graph is made of after names were
resolved. Everything is frozen; offsets count Unicode code points into `Paper.text`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: What separates title and abstract in the text that all offsets refer to.
TITLE_END = "\n"


def key(text: str) -> str:
    """Fold case, width and blanks: two surface forms with one key are the same characters to a reader.

    >>> key("  Vision\\n Transformer ")
    'vision transformer'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def digest(*parts: object, length: int = 12) -> str:
    """Hash content into a short hexadecimal name that is the same on every machine.

    >>> digest("Dataset", "imagenet")
    '87fdf87e7e9d'
    """
    joined = "\x1f".join("" if p is None else str(p) for p in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:length]


def slug(text: str, *, length: int = 80) -> str:
    """Write a name so that it reads well in an IRI: ASCII letters, digits and single hyphens.

    >>> slug("Swin Transformer V2"), slug("Ångström & Co.")
    ('swin-transformer-v2', 'angstrom-co')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:length].rstrip("-")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was read: what it says and how it is cited.

    `date` is ISO 8601, as exact as known ("2021", "2021-03", "2021-03-27"). `ids` holds outside
    identifiers ("doi", "arxiv", ...), without a resolver in front. `source` names the file it came from.
    """

    id: str
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    date: str | None = None
    venue: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    source: str | None = None

    @property
    def text(self) -> str:
        """Title and abstract, the text that every offset refers to."""
        return f"{self.title}{TITLE_END}{self.abstract}"

    def section(self, start: int) -> str:
        """Name the section ("title" or "abstract") that holds an offset."""
        return "title" if start <= len(self.title) else "abstract"

    def quote(self, start: int, end: int) -> Evidence:
        """Cut evidence out of the text."""
        after = len(self.title) + len(TITLE_END)
        # A book's text is not joined anew for every line that is quoted from it.
        words = self.abstract[start - after : end - after] if start >= after else self.text[start:end]
        return Evidence(self.id, self.section(start), start, end, words)


def paper_id(title: str, ids: Mapping[str, str] | None = None) -> str:
    """Name a paper by its arXiv number, DOI or, without one, its title.

    >>> paper_id("Attention Is All You Need", {"arxiv": "1706.03762v5"})
    'arxiv-1706.03762'
    >>> paper_id("Attention Is All You Need")
    'attention-is-all-you-need-4a1c934d'
    """
    ids = ids or {}
    if ids.get("arxiv"):
        return "arxiv-" + re.sub(r"v\d+$", "", ids["arxiv"]).replace("/", "-")
    if ids.get("doi"):
        return "doi-" + re.sub(r"[^a-z0-9.]+", "-", ids["doi"].casefold()).strip("-")
    return f"{slug(title, length=48) or 'untitled'}-{digest(key(title), length=8)}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The exact words of a paper: `paper.text[start:end] == quote`, always."""

    paper: str
    section: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Mention:
    """One occurrence of a name in a paper's text: `text[start:end] == mention.text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """A paper's link to one thing it names: the thing's type, the paper's role towards it, and where.

    `name` is the canonical name as far as this one paper tells. `type` and `role` are names of the
    schema ("Hardware", "targets"). `confidence` is a probability.
    """

    name: str
    type: str
    role: str
    mentions: tuple[Mention, ...]
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Relation:
    """A statement of one paper about two things it links to, by their names in the same findings.

    `head_type` and `tail_type` tell two things of one name apart; None means the name is enough.
    """

    head: str
    type: str
    tail: str
    evidence: Evidence | None = None
    confidence: float = 1.0
    head_type: str | None = None
    tail_type: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A number that a paper claims: of what, measured how, against what, on what.

    `value` is in `unit` ("%", "x", "ms", "TOPS/W", ""); `value_high` ends a range. `kind` is "absolute"
    or "gain". `subject`, `baseline`, `dataset`, `task` and `hardware` are names of the same findings;
    `metric` is the measure as written.
    """

    metric: str
    value: float
    unit: str
    kind: str
    evidence: Evidence | None = None
    subject: str | None = None
    value_high: float | None = None
    baseline: str | None = None
    dataset: str | None = None
    task: str | None = None
    hardware: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Findings:
    """All that one paper says: the thin waist between extractors and everything after them."""

    paper: Paper
    links: tuple[Link, ...] = ()
    relations: tuple[Relation, ...] = ()
    results: tuple[Result, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the exchange format: one line of a findings file."""
        from kg.findings import findings_to_json

        return findings_to_json(self)


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing of the graph, under one name: a node.

    `id` is the path of its IRI ("hardware/alveo-u280"). `aliases` are all other forms seen or known,
    sorted. `broader` are ids of wider things. `ids` are outside ids that mean exactly this thing
    ("wikidata": "Q190411"). `scope` is empty except for homonyms, where it names what tells them apart.
    """

    id: str
    type: str
    name: str
    aliases: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""
    known: bool = False  # stands in the lexicon


@dataclass(frozen=True, slots=True)
class Claim:
    """What one paper says to support an edge: its confidence, the sentences, and the names inside them.

    `mentions` mark where the things that the edge joins are named, with offsets into the paper's text.
    """

    paper: str
    confidence: float
    evidence: tuple[Evidence, ...]
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A statement of the graph: `source` -`type`-> `target`, with the claims behind it.

    `source` and `target` are ids of nodes; `type` is a role (from a paper), a relation (between
    entities), or one of the plain facts of the schema (author, venue, broader).
    """

    source: str
    type: str
    target: str
    claims: tuple[Claim, ...] = ()

    @property
    def support(self) -> int:
        """Number of distinct papers that say so."""
        return len({c.paper for c in self.claims})

    @property
    def confidence(self) -> float:
        """Probability that at least one of the papers says so: noisy-or over papers, best claim of each.

        >>> Edge("a", "uses", "b", (Claim("p", 0.5, ()), Claim("q", 0.8, ()))).confidence
        0.9
        """
        best: dict[str, float] = {}
        for c in self.claims:
            best[c.paper] = max(best.get(c.paper, 0.0), c.confidence)
        miss = 1.0
        for paper in sorted(best):
            miss *= 1.0 - best[paper]
        return round(1.0 - miss, 6) if self.claims else 1.0

    @property
    def id(self) -> str:
        """Name the edge by its content: the same in every build and export."""
        return "claim/" + digest(self.source, self.type, self.target, length=16)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A `Result` whose names were resolved: a node of the graph.

    `paper`, `subject`, `metric`, `baseline`, `dataset`, `task` and `hardware` are ids of nodes or None;
    `metric_text` is the measure as the paper wrote it. `direction` is "higher", "lower" or None when unknown.
    """

    id: str
    paper: str
    metric_text: str
    value: float
    unit: str
    kind: str
    evidence: Evidence
    value_high: float | None = None
    metric: str | None = None
    subject: str | None = None
    baseline: str | None = None
    dataset: str | None = None
    task: str | None = None
    hardware: str | None = None
    direction: str | None = None
    confidence: float = 1.0
