"""Read annotations, of papers or of plain spans, into what the trainer learns from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kg.errors import BrokenRecord, MissingFile
from kg.extract.decode import Hint, hints
from kg.extract.features import SLOTS, WIDTH, Candidates, Span, candidates, sentences
from kg.extract.pieces import words
from kg.extract.quantities import quantities
from kg.findings import occurrences

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Labels:
    """The names that a set of annotations uses; an empty tuple means that head is left out."""

    types: tuple[str, ...]
    roles: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    results: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """An annotated entity: type, role (None without), its mentions in words, and its name."""

    type: str
    role: str | None
    mentions: tuple[Span, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a quantity is: a result or not, its kind, and the thing (by number) that each slot points to."""

    result: bool
    kind: str = "absolute"
    slots: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Soft:
    """What a teacher thinks of one text: probabilities in place of labels.

    `mentions` [words, WIDTH, 1 + types], `roles` [things, roles], `relations` [things, things, relations],
    `results` [quantities, 2] (a result, a gain), `points` [quantities, 1 + things, slots]. Half precision.
    """

    mentions: Halves
    roles: Halves
    relations: Halves
    results: Halves
    points: Halves


@dataclass(frozen=True, slots=True)
class Example:
    """One annotated text, cut into words; or one that a teacher has read (`soft`)."""

    id: str
    text: str
    title: int  # characters of the title, 0 without one
    words: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]
    things: tuple[Thing, ...]
    relations: tuple[tuple[int, str, int], ...]
    candidates: Candidates
    answers: tuple[Answer, ...]
    grouped: bool  # mentions are grouped into entities; a span file's are not
    soft: Soft | None = None
    hints: tuple[Hint, ...] = ()  # mentions that the rules find

    @property
    def forms(self) -> list[str]:
        """The words in lower case."""
        return [self.text[a:b].lower() for a, b in self.words]

    @property
    def n_title(self) -> int:
        """Words of the title."""
        return sum(1 for a, _ in self.words if a < self.title)


def json_lines(paths: Iterable[Path]) -> Iterator[tuple[Path, int, Any]]:
    """Yield what stands on each line of JSON files, with its place; a broken line raises with its place."""
    for path in paths:
        if not path.is_file():
            raise MissingFile("no such file", where=path)
        with path.open(encoding="utf-8") as lines:
            for n, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        record = json.loads(line)
                    except ValueError as error:
                        raise BrokenRecord(f"not JSON: {error}", where=path, line=n) from error
                    yield path, n, record


def read_lines(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Read annotated texts from JSON lines; a broken line raises with its place."""
    records = []
    for path, n, record in json_lines(paths):
        if not isinstance(record, dict) or not isinstance(record.get("entities"), list):
            raise BrokenRecord('an annotated text needs "entities"', where=path, line=n)
        records.append({**record, "_where": f"{path}:{n}"})
    return records


def _on_words(start: int, end: int, at: Mapping[int, int], to: Mapping[int, int]) -> Span | None:
    if start in at and end in to and at[start] <= to[end]:
        return at[start], to[end]
    return None


def _wider(start: int, end: int, cut: Sequence[tuple[int, int]]) -> Span | None:
    """Give the words that a span touches, where it ends inside one."""
    inside = [n for n, (a, b) in enumerate(cut) if a < end and b > start]
    return (inside[0], inside[-1]) if inside else None


def example(record: Mapping[str, Any]) -> Example:
    """Turn an annotated record into an example: a paper in the gold format, or a text with spans."""
    return _paper(record) if "title" in record else _spans(record)


def _paper(record: Mapping[str, Any]) -> Example:
    title, abstract = record["title"], record.get("abstract") or ""
    text = f"{title}\n{abstract}"
    cut = tuple(words(text))
    at, to = {a: n for n, (a, _) in enumerate(cut)}, {b: n for n, (_, b) in enumerate(cut)}
    forms: dict[str, int] = {}
    for n, e in enumerate(record["entities"]):
        for m in e["mentions"]:
            form = m["text"] if isinstance(m, Mapping) else m
            if form not in text:
                raise BrokenRecord(f"the mention {form!r} is not in the text", where=record.get("_where"))
            forms.setdefault(form, n)
    found: dict[int, list[Span]] = {}
    for form, mentions in occurrences(text, forms).items():
        for mention in mentions:
            span = _on_words(mention.start, mention.end, at, to)
            if span and span[1] - span[0] < WIDTH:
                found.setdefault(forms[form], []).append(span)
    place: dict[str, int] = {}
    things: list[Thing] = []
    for n, e in enumerate(record["entities"]):
        if n in found:
            place[e["name"]] = len(things)
            things.append(Thing(e["type"], e.get("role"), tuple(sorted(found[n])), e["name"]))
    relations = tuple(
        (place[r["head"]], r["type"], place[r["tail"]])
        for r in record.get("relations", ())
        if r["head"] in place and r["tail"] in place and r["head"] != r["tail"]
    )
    given = candidates(quantities(text), cut)
    return Example(
        id=str(record.get("id", "")),
        text=text,
        title=len(title),
        words=cut,
        sentences=tuple(sentences(text, cut)),
        things=tuple(things),
        relations=relations,
        candidates=given,
        answers=tuple(_answers(record, text, cut, given, place, things)),
        grouped=True,
    )


def _same(value: float, other: float) -> bool:
    return round(value, 6) == round(other, 6)


def _answers(
    record: Mapping[str, Any],
    text: str,
    cut: Sequence[tuple[int, int]],
    given: Candidates,
    place: Mapping[str, int],
    things: Sequence[Thing],
) -> list[Answer]:
    """Find the candidate behind each annotated result: inside its quote, with its value."""
    answers = [Answer(False)] * len(given.quantities)
    named = {key.casefold(): n for key, n in place.items()}
    for n, thing in enumerate(things):
        for i, j in thing.mentions:
            named.setdefault(text[cut[i][0] : cut[j][1]].casefold(), n)
    for r in record.get("results", ()):
        start = text.find(r["quote"]) if r.get("quote") else 0
        end = start + len(r["quote"]) if r.get("quote") else len(text)
        for n, q in enumerate(given.quantities):
            if not answers[n].result and start <= q.start and q.end <= end + 2 and _same(q.value, float(r["value"])):
                slots = {s: place[r[s]] for s in SLOTS if s != "metric" and r.get(s) in place}
                metric = named.get(str(r.get("metric", "")).casefold())
                if metric is not None and things[metric].type == "Metric":
                    slots["metric"] = metric
                answers[n] = Answer(True, r["kind"], slots)
                break
    return answers


def _spans(record: Mapping[str, Any]) -> Example:
    text = record.get("text")
    if not isinstance(text, str):
        raise BrokenRecord('an annotated text needs "text", or "title" and "abstract"', where=record.get("_where"))
    cut = tuple(words(text))
    at, to = {a: n for n, (a, _) in enumerate(cut)}, {b: n for n, (_, b) in enumerate(cut)}
    things: list[Thing] = []
    place: dict[int, int] = {}
    for n, e in enumerate(record["entities"]):
        start, end = int(e["start"]), int(e["end"])
        if not 0 <= start < end <= len(text) or text[start:end] != e.get("text", text[start:end]):
            raise BrokenRecord(f"the offsets {start}-{end} do not fit the text", where=record.get("_where"))
        span = _on_words(start, end, at, to) or _wider(start, end, cut)
        if span and span[1] - span[0] < WIDTH:
            place[n] = len(things)
            things.append(Thing(str(e["label"]), None, (span,)))
    relations = tuple(
        (place[r["head_index"]], str(r["label"]), place[r["tail_index"]])
        for r in record.get("relations", ())
        if r["head_index"] in place and r["tail_index"] in place
    )
    return Example(
        id=str(record.get("id", "")),
        text=text,
        title=0,
        words=cut,
        sentences=tuple(sentences(text, cut)),
        things=tuple(things),
        relations=relations,
        candidates=Candidates(),
        answers=(),
        grouped=False,
    )


def hinted(examples: Iterable[Example]) -> list[Example]:
    """Add what the rules find in each text."""
    from kg.extract.rules import load_rules

    rules = load_rules()
    return [replace(e, hints=tuple(hints(rules.groups(e.text), e.words))) for e in examples]


def labels(examples: Iterable[Example]) -> Labels:
    """Collect the label set of examples; kg's own labels keep the order of the schema."""
    from kg.schema import RELATIONS, ROLES, TYPES

    types: set[str] = set()
    roles: set[str] = set()
    relations: set[str] = set()
    results = False
    for e in examples:
        types |= {t.type for t in e.things}
        roles |= {t.role for t in e.things if t.role}
        relations |= {r for _, r, _ in e.relations}
        results |= any(a.result for a in e.answers)

    def order(names: set[str], known: Sequence[str]) -> tuple[str, ...]:
        return tuple(n for n in known if n in names) + tuple(sorted(names - set(known)))

    return Labels(order(types, TYPES), order(roles, ROLES), order(relations, RELATIONS), results)
