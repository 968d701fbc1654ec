"""Score findings against gold annotations, and check that confidence means what it says.

Papers are paired by title. Reported as precision, recall and F1, micro over all papers:

    mention   a span with the same characters and type
    entity    the same type, and a surface form in common
    link      an entity with the same role: the edge from the paper
    relation  head and tail are paired entities, and the same type of relation
    result    the same value and unit
    result+   a result with the same subject, dataset and kind too
    rows      papers whose introduced, dataset and hardware entities are all right
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError
from kg.findings import occurrences
from kg.types import Findings, Link, Result, key

if TYPE_CHECKING:
    from kg.extract import Extractor

#: What is scored, in the order of the report.
KINDS = ("mention", "entity", "link", "relation", "result", "result+")

#: What has a confidence to check.
CALIBRATED = ("entity", "link", "relation", "result")

#: Borders of the confidence bands of the calibration report.
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

#: Ways to write one unit.
_UNITS = {
    "percent": "%", "times": "x", "\u00d7": "x", "fold": "x", "μs": "us", "µs": "us", "mus": "us", "point": "points",
    "pp": "points", "percentage points": "points",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of what was right, predicted and to be found, and what follows from them."""

    right: int
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """Share of the predicted that is right."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was found."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall.

        >>> Score(1, 2, 1).f1
        0.6666666666666666
        """
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def to_json(self) -> dict[str, Any]:
        """Write the figures."""
        return {"p": self.precision, "r": self.recall, "f1": self.f1, "gold": self.gold, "predicted": self.predicted}


@dataclass(frozen=True, slots=True)
class Band:
    """Predictions of similar confidence: how sure they were, and how many were right."""

    low: float
    high: float
    count: int
    confidence: float
    precision: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far confidence and correctness lie apart, over all predictions and by band."""

    error: float
    bands: tuple[Band, ...]

    def to_json(self) -> dict[str, Any]:
        """Write the figures."""
        rows = [
            {"low": b.low, "high": b.high, "count": b.count, "confidence": b.confidence, "precision": b.precision}
            for b in self.bands
        ]
        return {"ece": self.error, "bands": rows}


@dataclass(frozen=True, slots=True)
class Row:
    """One paper: whether its introduced, dataset and hardware entities are all right, else what was missed."""

    id: str
    title: str
    missed: tuple[str, ...]

    @property
    def works(self) -> bool:
        """Whether nothing was missed."""
        return not self.missed


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of findings on gold."""

    scores: Mapping[str, Score]
    types: Mapping[str, Score]
    calibration: Mapping[str, Calibration]
    rows: tuple[Row, ...]

    @property
    def working(self) -> int:
        """Number of papers that work."""
        return sum(r.works for r in self.rows)

    def to_json(self) -> dict[str, Any]:
        """Write the whole report."""
        return {
            "papers": len(self.rows),
            "rows": self.working,
            "scores": {k: s.to_json() for k, s in self.scores.items()},
            "mention_by_type": {t: s.to_json() for t, s in self.types.items()},
            "calibration": {k: c.to_json() for k, c in self.calibration.items()},
        }


Span = tuple[int, int, str]


def _forms(link: Link) -> frozenset[str]:
    return frozenset(key(m.text) for m in link.mentions) | {key(link.name)}


def _gold_spans(text: str, links: Sequence[Link]) -> set[Span]:
    """Give every occurrence of every annotated form, longest first, without overlaps.

    A form of two types counts for the type that comes first in the alphabet, as everywhere else.
    """
    kinds: dict[str, str] = {}
    for link in links:
        for m in link.mentions:
            kinds[m.text] = min(link.type, kinds.get(m.text, link.type))
    return {(m.start, m.end, kinds[form]) for form, found in occurrences(text, kinds).items() for m in found}


def _pairs(gold: Sequence[Link], predicted: Sequence[Link]) -> dict[int, int]:
    """Pair entities one to one, first come first served: predicted index -> gold index."""
    forms = [_forms(g) for g in gold]
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for i, link in enumerate(predicted):
        own = _forms(link)
        for j, g in enumerate(gold):
            if j not in used and g.type == link.type and forms[j] & own:
                pairs[i] = j
                used.add(j)
                break
    return pairs


def _unit(unit: str) -> str:
    return _UNITS.get(key(unit), key(unit))


Claim = tuple[float, str, str | None, str | None, str]


def _claim(result: Result, names: Mapping[str, str] | None) -> Claim:
    """Reduce a result to what is compared; `names` turns predicted names into gold ones."""

    def named(name: str | None) -> str | None:
        return name if names is None or name is None else names.get(name)

    return round(result.value, 6), _unit(result.unit), named(result.subject), named(result.dataset), result.kind


@dataclass(slots=True)
class _Tally:
    """Counts and (confidence, right) pairs, summed over papers."""

    right: Counter[str]
    gold: Counter[str]
    predicted: Counter[str]
    types: defaultdict[str, Counter[str]]
    sure: defaultdict[str, list[tuple[float, bool]]]

    def add(self, kind: str, *, right: int, predicted: int, gold: int) -> None:
        self.right[kind] += right
        self.predicted[kind] += predicted
        self.gold[kind] += gold


def _compare(gold: Findings, found: Findings, tally: _Tally) -> Row:
    """Score one paper."""
    text = gold.paper.text
    wanted = _gold_spans(text, gold.links)
    if found.paper.text == text:
        got = {(m.start, m.end, link.type) for link in found.links for m in link.mentions}
    else:
        got = _gold_spans(text, found.links)
    tally.add("mention", right=len(wanted & got), predicted=len(got), gold=len(wanted))
    for name, spans in (("gold", wanted), ("predicted", got), ("right", wanted & got)):
        for *_, kind in spans:
            tally.types[kind][name] += 1
    pairs = _pairs(gold.links, found.links)
    tally.add("entity", right=len(pairs), predicted=len(found.links), gold=len(gold.links))
    linked = {gold.links[j].name for i, j in pairs.items() if gold.links[j].role == found.links[i].role}
    tally.add("link", right=len(linked), predicted=len(found.links), gold=len(gold.links))
    for i, link in enumerate(found.links):
        tally.sure["entity"].append((link.confidence, i in pairs))
        tally.sure["link"].append((link.confidence, i in pairs and gold.links[pairs[i]].role == link.role))
    names = {found.links[i].name: gold.links[j].name for i, j in sorted(pairs.items())}
    stated = {(r.head, r.type, r.tail) for r in gold.relations}
    claimed = [(names.get(r.head), r.type, names.get(r.tail)) for r in found.relations]
    tally.add("relation", right=len(stated & set(claimed)), predicted=len(found.relations), gold=len(stated))
    tally.sure["relation"] += [(r.confidence, c in stated) for r, c in zip(found.relations, claimed, strict=True)]
    _compare_results(gold, found, names, tally)
    missed = tuple(
        g.name
        for g in gold.links
        if (g.role == "introduces" or g.type in ("Dataset", "Hardware")) and g.name not in linked
    )
    return Row(gold.paper.id, gold.paper.title, missed)


def _compare_results(gold: Findings, found: Findings, names: Mapping[str, str], tally: _Tally) -> None:
    left = [_claim(r, None) for r in gold.results]
    whole = list(left)
    right = right_whole = 0
    for r in found.results:
        claim = _claim(r, names)
        if claim in whole:
            whole.remove(claim)
            right_whole += 1
        match = next((c for c in left if c[:2] == claim[:2]), None)
        if match is not None:
            left.remove(match)
            right += 1
        tally.sure["result"].append((r.confidence, match is not None))
    tally.add("result", right=right, predicted=len(found.results), gold=len(gold.results))
    tally.add("result+", right=right_whole, predicted=len(found.results), gold=len(gold.results))


def calibration(pairs: Iterable[tuple[float, bool]], borders: Sequence[float] = BANDS) -> Calibration:
    """Compare confidence with correctness: expected calibration error over ten bins, precision by band.

    The error is the mean distance between a bin's confidence and its precision, weighted by size
    (Guo et al., "On calibration of modern neural networks", ICML 2017).

    >>> calibration([(0.9, True), (0.9, True), (0.9, False), (0.1, False)]).error
    0.2
    """
    pairs = list(pairs)

    def band(low: float, high: float) -> Band:
        inside = [(c, ok) for c, ok in pairs if low < c <= high or (c == low == 0.0)]
        n = len(inside)
        sure = sum(c for c, _ in inside) / n if n else 0.0
        return Band(low, high, n, round(sure, 6), round(sum(ok for _, ok in inside) / n, 6) if n else 0.0)

    bins = [band(i / 10, (i + 1) / 10) for i in range(10)]
    error = sum(b.count * abs(b.confidence - b.precision) for b in bins) / len(pairs) if pairs else 0.0
    return Calibration(round(error, 6), tuple(band(a, b) for a, b in pairwise(borders)))


def evaluate(gold: Iterable[Findings], predicted: Iterable[Findings] | Extractor) -> Evaluation:
    """Score findings, or what an extractor finds in the same papers, against gold.

    `predicted` findings are paired with gold by title; a paper without any scores as if nothing was found,
    and findings of papers that have no gold are left out.

    >>> from kg.findings import findings_from_json
    >>> gold = findings_from_json({"title": "ViT", "abstract": "", "entities": [
    ...     {"name": "ViT", "type": "Architecture", "role": "uses", "mentions": ["ViT"]}]})
    >>> evaluate([gold], [gold]).scores["link"].f1
    1.0
    """
    gold = list(gold)
    if isinstance(predicted, Iterable):
        found = {key(f.paper.title): f for f in predicted}
    else:
        found = {key(f.paper.title): f for f in predicted.extract(g.paper for g in gold)}
    tally = _Tally(Counter(), Counter(), Counter(), defaultdict(Counter), defaultdict(list))
    rows = [_compare(g, found.get(key(g.paper.title), Findings(g.paper)), tally) for g in gold]
    return Evaluation(
        {k: Score(tally.right[k], tally.predicted[k], tally.gold[k]) for k in KINDS},
        {t: Score(c["right"], c["predicted"], c["gold"]) for t, c in sorted(tally.types.items())},
        {k: calibration(tally.sure[k]) for k in CALIBRATED},
        tuple(rows),
    )


def read_findings(path: Path) -> Iterator[Findings]:
    """Read a file of gold annotations or findings; raises InputError for a record that is neither."""
    from kg.errors import BrokenRecord
    from kg.read import read_path

    for record in read_path(path):
        if isinstance(record, BrokenRecord):
            raise record
        if not isinstance(record, Findings):
            raise InputError(f"{record.title!r} is a paper without annotations", where=path, hint="see kg extract")
        yield record


def report(evaluation: Evaluation) -> str:
    """Lay the figures out as a table."""
    lines = [f"{'':12}{'P':>7}{'R':>7}{'F1':>7}{'gold':>7}"]
    named = [*evaluation.scores.items(), *((f"  {t}", s) for t, s in evaluation.types.items())]
    for name, s in named:
        width = 16 if name.startswith(" ") else 12
        lines.append(f"{name:{width}}{s.precision:7.3f}{s.recall:7.3f}{s.f1:7.3f}{s.gold:7d}")
    lines.append(f"rows that work: {evaluation.working} of {len(evaluation.rows)}")
    lines += [
        "",
        f"{'confidence':12}{'ECE':>7}" + "".join(f"{f'{a:g}-{b:g}':>14}" for a, b in pairwise(BANDS)),
    ]
    for name, c in evaluation.calibration.items():
        cells = "".join(f"{f'{b.precision:.2f} of {b.count}' if b.count else '-':>14}" for b in c.bands)
        lines.append(f"{name:12}{c.error:7.3f}{cells}")
    return "\n".join(lines)


def write_rows(evaluation: Evaluation, path: Path) -> None:
    """Write one line a paper: id, works or fails, title, what was missed."""
    with path.open("w", encoding="utf-8") as out:
        for r in evaluation.rows:
            out.write("\t".join((r.id, "works" if r.works else "fails", r.title, "; ".join(r.missed))) + "\n")


def to_json(evaluation: Evaluation) -> str:
    """Write the report as JSON."""
    return json.dumps(evaluation.to_json(), indent=1)
