"""What words mean: types, roles, relations, IRIs and the lexicon; the only reader of `schema/`."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from kg.errors import SchemaError
from kg.types import key

#: Namespace of every IRI that kg mints; a build may choose another (`--base`).
BASE = "https://w3id.org/kg-papers/"

#: Extracted entity types, in the order of the annotation guide.
TYPES = ("Architecture", "Method", "Task", "Dataset", "Metric", "Hardware")

#: All node types of the graph.
NODE_TYPES = ("Paper", "Author", "Venue", *TYPES, "Result")

#: Roles of a paper towards an entity, most specific first.
ROLES = (
    "introduces",
    "evaluates_on",
    "targets",
    "addresses",
    "measures",
    "compares_with",
    "uses",
    "mentions",
)

#: Entity types that each role may point to.
ROLE_TYPES: Mapping[str, tuple[str, ...]] = {
    "introduces": TYPES,
    "evaluates_on": ("Dataset",),
    "targets": ("Hardware",),
    "addresses": ("Task",),
    "measures": ("Metric",),
    "compares_with": ("Architecture", "Method", "Hardware", "Dataset"),
    "uses": ("Architecture", "Method", "Dataset", "Hardware"),
    "mentions": TYPES,
}

#: Relations between entities.
RELATIONS = ("variant_of", "uses", "applied_to", "evaluated_on", "runs_on", "outperforms", "part_of")


def home() -> Path:
    """Find the `schema/` folder: inside the installed package, else beside it in a checkout."""
    packed = Path(__file__).with_name("_schema")
    folder = packed if packed.is_dir() else Path(__file__).parent.parent / "schema"
    if not folder.is_dir():
        raise SchemaError("schema folder not found", where=folder, hint="reinstall kg")
    return folder


@dataclass(frozen=True, slots=True)
class Entry:
    """One known name: a row of the lexicon.

    `broader` are names of the same type, or "Type:name". `ids` are outside ids of exactly this thing.
    `facts` are properties such as class, vendor and generation of hardware. `note` allows an alias that
    stands under several names ("ambiguous: ...").
    """

    name: str
    type: str
    aliases: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    note: str = ""


COLUMNS = ("name", "type", "aliases", "broader", "ids", "facts", "source", "note")


def _pairs(cell: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in cell.split("|") if "=" in part)


def read_lexicon(folder: Path) -> list[Entry]:
    """Read every `*.tsv` of a folder; cells hold several values joined by "|", `k=v` in ids and facts."""
    entries = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for n, row in enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 2):
                if None in row or None in row.values() or not row.get("name"):
                    raise SchemaError("a lexicon row needs 8 cells", where=path, line=n, hint=", ".join(COLUMNS))
                if row["type"] not in TYPES:
                    raise SchemaError(f"unknown type {row['type']!r}", where=path, line=n)
                cut = {c: tuple(v for v in row[c].split("|") if v) for c in ("aliases", "broader")}
                entries.append(
                    Entry(
                        row["name"], row["type"], cut["aliases"], cut["broader"],
                        _pairs(row["ids"]), _pairs(row["facts"]), row["source"], row["note"],
                    )
                )  # fmt: skip
    return entries


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Known names, found by any of their forms."""

    entries: tuple[Entry, ...]
    by_form: Mapping[str, tuple[Entry, ...]]

    def find(self, form: str, type: str | None = None) -> tuple[Entry, ...]:
        """Give the entries that a form may mean, of one type if asked."""
        return tuple(e for e in self.by_form.get(key(form), ()) if type in (None, e.type))


@cache
def lexicon() -> Lexicon:
    """Load the shipped lexicon once."""
    entries = read_lexicon(home() / "lexicon")
    forms: dict[str, dict[tuple[str, str], Entry]] = defaultdict(dict)
    for e in entries:
        for form in (e.name, *e.aliases):
            forms[key(form)][e.type, e.name] = e
    return Lexicon(tuple(entries), {f: tuple(es.values()) for f, es in forms.items()})


#: Words that tell whether more of a measure is better, in the order they are tried; the lexicon goes first.
_DIRECTIONS = (
    (
        "lower",
        r"error|perplexity|\bppl\b|loss\b|latency|delay|\btime\b|runtime"
        r"|energy(?! efficiency)|\bpower\b(?! efficiency)",
    ),
    (
        "lower",
        r"\bfid\b|\bwer\b|\bcer\b|\bmse\b|\bmae\b|\brmse\b|\beer\b|lpips|memory|footprint|parameters?\b|params\b|flops?\b|macs\b",
    ),
    (
        "lower",
        r"\bcost|overhead|\barea\b|\bsize\b|complexity|drop\b|degradation|emission|carbon|utili[sz]ation|traffic|distance\b",
    ),
    (
        "higher",
        r"accuracy|\bf1\b|f-score|precision|recall|\bauc\b|\bmap\b|\bap\b|miou|\biou\b|bleu|rouge|meteor|cider|psnr|ssim",
    ),
    (
        "higher",
        r"speed-?up|throughput|\bfps\b|efficiency|tops|score|rate\b|performance|speed\b|correlation|\br2\b|win|improvement|reduction",
    ),
    ("higher", r"savings?|compression|quality|sparsity|similarity|likelihood|bandwidth"),
)


def direction(metric: str) -> str | None:
    """Tell whether "higher" or "lower" values of a measure are better; None when nobody can say.

    >>> direction("top-1 accuracy"), direction("perplexity"), direction("energy efficiency"), direction("colour")
    ('higher', 'lower', 'higher', None)
    """
    for entry in lexicon().find(metric, "Metric"):
        if "direction" in entry.facts:
            return entry.facts["direction"]
    # A reduction, saving or drop is named by its last word: "latency reduction" is better when higher.
    last = metric.casefold().split()[-1:] or [""]
    for text in (last[0], metric.casefold()):
        for answer, words in _DIRECTIONS:
            if re.search(words, text):
                return answer
    return None
