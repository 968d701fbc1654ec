"""From probabilities to findings: which spans, things, relations and results a paper's text holds."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from kg.extract.acronyms import definitions
from kg.extract.features import SLOTS, WIDTH, Floats, Span, candidates, closest, sentences
from kg.extract.group import Group, group, known, normal
from kg.extract.heads import Heads
from kg.extract.quantities import Quantity, quantities
from kg.extract.scan import Taken
from kg.extract.worth import features, worth
from kg.schema import TYPES
from kg.types import Evidence, Findings, Link, Mention, Paper, Relation, Result


@dataclass(frozen=True, slots=True)
class Curve:
    """A calibration: a raw score to the share of such claims that were right on held-out papers."""

    xs: tuple[float, ...] = (0.0, 1.0)
    ys: tuple[float, ...] = (0.0, 1.0)

    def __call__(self, score: float) -> float:
        """Read the curve, straight between its points.

        >>> Curve((0.0, 1.0), (0.0, 0.8))(0.5)
        0.4
        """
        return float(np.interp(score, self.xs, self.ys))


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds and calibrations, chosen on held-out papers."""

    mention: float = 0.5
    forms: bool = True  # judge all occurrences of one wording together
    hint: Mapping[str, float] = field(default_factory=dict)  # by type: how much a mention of the rules counts
    doubt: float = 0.0  # how much less a mention counts that the rules do not have
    role: Mapping[str, float] = field(default_factory=dict)  # by role: how much its probability counts, if not 1
    established: float = 1.0  # how much "introduces" counts for what many papers name, outside the title
    relation: Mapping[str, float] = field(default_factory=dict)
    result: float = 0.5
    types: Mapping[str, float] = field(default_factory=dict)  # threshold by type, where it differs
    worth: Mapping[str, float] = field(default_factory=dict)  # weights of the second look at each thing
    keep: float = 0.0  # what it must say for a thing to be kept
    nothing: Mapping[str, float] = field(default_factory=dict)  # by slot of a result: how much "nothing" counts
    link_curve: Curve = Curve()
    relation_curve: Curve = Curve()
    result_curve: Curve = Curve()

    def to_json(self) -> dict[str, Any]:
        """Write all of it."""
        return {
            "mention": self.mention,
            "forms": self.forms,
            "hint": dict(self.hint),
            "doubt": self.doubt,
            "role": dict(self.role),
            "established": self.established,
            "relation": dict(self.relation),
            "result": self.result,
            "types": dict(self.types),
            "worth": dict(self.worth),
            "keep": self.keep,
            "nothing": dict(self.nothing),
            **{n: {"xs": list(c.xs), "ys": list(c.ys)} for n, c in self._curves().items()},
        }

    def _curves(self) -> dict[str, Curve]:
        return {n: getattr(self, n) for n in ("link_curve", "relation_curve", "result_curve")}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Settings:
        """Read what `to_json` wrote."""
        given: dict[str, Any] = {
            n: Curve(tuple(record[n]["xs"]), tuple(record[n]["ys"]))
            for n in ("link_curve", "relation_curve", "result_curve")
            if n in record
        }
        given |= {
            n: record[n]
            for n in (
                "mention",
                "forms",
                "hint",
                "doubt",
                "role",
                "established",
                "relation",
                "result",
                "types",
                "worth",
                "keep",
                "nothing",
            )
            if n in record
        }
        return cls(**given)


#: A mention that the rules found: first word, last word, and number of the type in the schema.
Hint = tuple[int, int, int]


def hints(groups: Iterable[Group], words: Sequence[tuple[int, int]]) -> list[Hint]:
    """Place what the rules found on words; what begins or ends inside one is left out."""
    at, to = {a: n for n, (a, _) in enumerate(words)}, {b: n for n, (_, b) in enumerate(words)}
    return sorted(
        (at[start], to[end], TYPES.index(found.type))
        for found in groups
        for start, end in found.spans
        if start in at and end in to
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """Word vectors of one text, and where its words stand."""

    text: str
    title: int
    words: Sequence[tuple[int, int]]
    x: Floats
    whole: Floats
    hints: Sequence[Hint] = ()  # mentions that the rules found
    parts: Floats | None = None  # what the span head projects each word to, where the encoder's file did it already

    @property
    def forms(self) -> list[str]:
        """The words in lower case."""
        return [self.text[a:b].lower() for a, b in self.words]

    @property
    def n_title(self) -> int:
        """Words of the title."""
        return bisect_left(self.words, (self.title, 0))


@dataclass(frozen=True, slots=True)
class Found:
    """A mention: its words, type number and probability."""

    span: Span
    type: int
    score: float


def choose_spans(probs: Floats, *, floor: float = 0.5) -> list[Found]:
    """Pick the likeliest spans that do not overlap, in order; `probs` as `Heads.spans` gives it."""
    best = probs[:, :, 1:].max(2)
    rows, more = np.nonzero(best >= floor)
    picked: list[Found] = []
    taken = Taken()
    for negative, less, i in sorted(zip((-best[rows, more]).tolist(), (-more).tolist(), rows.tolist(), strict=True)):
        if taken.take(i, i - less + 1):
            picked.append(Found((i, i - less), int(probs[i, -less, 1:].argmax()), -negative))
    return sorted(picked, key=lambda f: f.span)


def mixed(probs: Floats, hints: Sequence[Hint], settings: Settings, types: Sequence[str]) -> Floats:
    """Mix the probabilities of spans with the mentions that the rules found.

    The two err differently: the rules know names, the model knows sentences.
    """
    if not settings.hint:
        return probs
    out = probs.copy()
    out[:, :, 1:] *= np.float32(1 - settings.doubt)
    for i, j, t in hints:
        share = np.float32(settings.hint.get(TYPES[t], 0.0))
        if share and TYPES[t] in types and i < len(out) and j - i < WIDTH:
            out[i, j - i] = probs[i, j - i] * (1 - share)
            out[i, j - i, 1 + types.index(TYPES[t])] += share
    out[:, :, 0] = 1 - out[:, :, 1:].sum(2)
    return out


def choose(r: Reading, probs: Floats, settings: Settings, types: Sequence[str]) -> list[Found]:
    """Pick the mentions of one text, form by form or each for itself as the settings say."""
    if settings.forms:
        return together(r.text, r.words, choose_forms(r.text, r.words, probs, settings, types))
    return choose_spans(probs, floor=settings.mention)


def together(text: str, words: Sequence[tuple[int, int]], found: Sequence[Found]) -> list[Found]:
    """Treat wordings of one thing alike: a defined abbreviation brings its long form, and all have one type.

    What is spelled the same but for case, hyphen or plural counts as one wording.
    """
    defined = definitions(text)
    at, to = {a: n for n, (a, _) in enumerate(words)}, {b: n for n, (_, b) in enumerate(words)}

    def form(f: Found) -> str:
        return text[words[f.span[0]][0] : words[f.span[1]][1]]

    kept = list(found)
    for d in defined:
        by_form = {form(f): f for f in kept}
        if d.short not in by_form or d.long in by_form:
            continue
        short = by_form[d.short]
        for i, j in _occurrences(text, d.long, at, to):
            touched = [f for f in kept if f.span[0] <= j and i <= f.span[1]]
            if all(i <= f.span[0] and f.span[1] <= j for f in touched):
                kept = [f for f in kept if f not in touched] + [Found((i, j), short.type, short.score)]
    longs = {normal(d.short): normal(d.long) for d in defined}
    families: dict[str, list[Found]] = {}
    for f in kept:
        name = normal(form(f))
        families.setdefault(longs.get(name, name), []).append(f)
    best = {name: max(fs, key=lambda f: f.score).type for name, fs in families.items()}
    alike = [Found(f.span, best[name], f.score) for name, fs in families.items() for f in fs]
    return sorted(alike, key=lambda f: f.span)


def choose_forms(
    text: str, words: Sequence[tuple[int, int]], probs: Floats, settings: Settings, types: Sequence[str]
) -> list[Found]:
    """Pick spans form by form: all free occurrences of one wording stand or fall together, with one type.

    In one paper a name means one thing; the mean over its occurrences is a better judge than each alone.
    """
    limits = [settings.types.get(t, settings.mention) for t in types]
    low = 0.4 * min(limits)
    rows, more = np.nonzero(1 - probs[:, :, 0] >= low)
    places = list(zip(rows.tolist(), (rows + more).tolist(), strict=True))
    if not places:
        return []
    cover: list[Span | None] = [None] * len(words)
    for f in choose_spans(probs, floor=low):
        cover[f.span[0] : f.span[1] + 1] = [f.span] * (f.span[1] - f.span[0] + 1)
    at, to = {a: n for n, (a, _) in enumerate(words)}, {b: n for n, (_, b) in enumerate(words)}
    forms = sorted({text[words[i][0] : words[j][1]] for i, j in places})
    judged: list[tuple[float, int, str, int, list[Span]]] = []
    for form in forms:
        spans = _occurrences(text, form, at, to)
        free = [s for s in spans if _is_free(s, cover)]
        if not free:
            continue
        sums = [sum(p) for p in zip(*(probs[i, j - i, 1:].tolist() for i, j in free), strict=True)]
        score = max(sums) / len(free)
        type = sums.index(max(sums))
        if score >= limits[type]:
            judged.append((-score, -len(form), form, type, spans))
    taken = Taken()
    out = []
    # Where two chosen forms overlap, the one that the model is surer of there wins; spans, not forms, compete.
    contest = sorted(
        (-float(probs[i, j - i, 1 + type]), i - j, i, j, type, -score)
        for score, _, _, type, spans in judged
        for i, j in spans
    )
    for _, _, i, j, type, score in contest:
        if taken.take(i, j + 1):
            out.append(Found((i, j), type, score))
    return sorted(out, key=lambda f: f.span)


def _occurrences(text: str, form: str, at: Mapping[int, int], to: Mapping[int, int]) -> list[Span]:
    spans, start = [], text.find(form)
    while start >= 0:
        end = start + len(form)
        if start in at and end in to and to[end] - at[start] < WIDTH:
            spans.append((at[start], to[end]))
        start = text.find(form, start + 1)
    return spans


def _is_free(span: Span, cover: Sequence[Span | None]) -> bool:
    """Tell whether a span lies in no other one of those that cover the words."""
    other = cover[span[0]]
    return other is None or other == span or other[1] < span[1]


#: Share of the usual bar that is asked of what one looks for first.
SOUGHT = 0.6
#: A thing that was found: name, type, role, mentions in words, score of the mentions, probability of the role.
Thing = tuple[str, str, str, tuple[Span, ...], float, float]


@dataclass(frozen=True, slots=True)
class Claims:
    """What the heads say of one text before thresholds: for decoding, tuning and calibrating."""

    things: list[Thing]
    relations: list[tuple[int, str, int, float]]
    results: list[tuple[Quantity, float, str, dict[str, int]]]
    seen: Floats | None = None  # what a second look sees of the things, where it was asked for


def read_claims(
    heads: Heads,
    r: Reading,
    settings: Settings,
    *,
    relation_floor: float = 0.05,
    look: bool = False,
    spans: Floats | None = None,
) -> Claims:
    """Run all heads on one text.

    Relations below `relation_floor` are left out (1: no relations are read). `look` keeps what the second look
    sees; `spans` are the probabilities of spans, where they are known already.
    """
    if spans is None:
        spans = heads.spans(r.x, r.hints, r.forms, r.parts)
    probs = mixed(spans, r.hints, settings, heads.types)
    found = choose(r, probs, settings, heads.types)
    at = {(r.words[f.span[0]][0], r.words[f.span[1]][1], heads.types[f.type]): f for f in found}
    groups = group(r.text, sorted(at)) if found else []
    kept = []
    for g in groups:
        members = [at[a, b, g.type] for a, b in g.spans]
        kept.append((g.name, g.type, tuple(f.span for f in members), max(f.score for f in members)))
    mentions = [k[2] for k in kept]
    types = [heads.types.index(k[1]) for k in kept]
    things: list[Thing] = []
    relations: list[tuple[int, str, int, float]] = []
    results: list[tuple[Quantity, float, str, dict[str, int]]] = []
    pooled = extra = np.zeros((0, 1), np.float32)
    seen: Floats | None = None
    if kept:
        pooled, extra, roles = heads.entities(r.x, r.whole, mentions, types, n_title=r.n_title)
        things = _with_roles(heads, kept, roles, settings, r.n_title)
        if settings.worth or look:
            seen = _seen(heads, r, probs, things)
        if settings.worth and seen is not None:
            things, stay = listed(things, seen, settings.worth, settings.keep)
            mentions, types = [mentions[n] for n in stay], [types[n] for n in stay]
            pooled, extra, seen = pooled[stay], extra[stay], seen[stay]
        if heads.relations and relation_floor < 1 and len(things) > 1:
            p = heads.pairs(r.x, pooled, extra, mentions)
            relations = [
                (int(h), heads.relations[k], int(t), float(p[h, t, k])) for h, t, k in np.argwhere(p >= relation_floor)
            ]
    if heads.results:
        quantities_ = candidates(quantities(r.text), r.words)
        if quantities_.spans:
            is_result, points = heads.quantities(
                r.x, quantities_, pooled, extra, mentions, types, sentences(r.text, r.words)
            )
            for n, q in enumerate(quantities_.quantities):
                slots = {}
                for k, slot in enumerate(SLOTS):
                    points[n, 0, k] *= settings.nothing.get(slot, 1.0)
                    best = int(_allowed(points[n, :, k], slot, [t[1] for t in things]).argmax())
                    if best:
                        slots[slot] = best - 1
                kind = "gain" if is_result[n, 1] >= 0.5 else "absolute"
                results.append((q, float(is_result[n, 0]), kind, slots))
    return Claims(_evaluated(things, results, settings), relations, results, seen)


def listed(
    things: Sequence[Thing], seen: Floats, weights: Mapping[str, float], keep: float
) -> tuple[list[Thing], list[int]]:
    """Keep the things that a second look finds worth listing, with what it says as their score; and their places.

    What the paper introduces and its datasets are what one looks for first: less is asked of them.
    """
    scores = worth(weights, seen, [t[1] for t in things], [t[2] for t in things])
    bars = [keep * (SOUGHT if t[2] == "introduces" or t[1] == "Dataset" else 1) for t in things]
    stay = [n for n, (score, bar) in enumerate(zip(scores, bars, strict=True)) if score >= bar]
    return [(*things[n][:4], scores[n], things[n][5]) for n in stay], stay


@lru_cache(maxsize=65536)
def _is_old(name: str, type: str) -> bool:
    """Tell whether many abstracts name a thing: the lexicon counts in how many of 8,000 it was found, from 5 on."""
    entry = known(name, type)
    return entry is not None and "seen" in entry.facts


def _with_roles(
    heads: Heads,
    kept: Sequence[tuple[str, str, tuple[Span, ...], float]],
    roles: Floats,
    settings: Settings,
    n_title: int,
) -> list[Thing]:
    """Give each thing its likeliest role, of those that its type may have."""
    from kg.schema import ROLE_TYPES

    if not heads.roles:
        return [(name, type, "", spans, score, 1.0) for name, type, spans, score in kept]
    if settings.role:
        roles = roles * np.array([settings.role.get(o, 1.0) for o in heads.roles], np.float32)
        roles /= roles.sum(1, keepdims=True)
    if settings.established != 1 and "introduces" in heads.roles:
        old = [n for n, (name, type, spans, _) in enumerate(kept) if spans[0][0] >= n_title and _is_old(name, type)]
        roles[old, heads.roles.index("introduces")] *= settings.established
        roles /= roles.sum(1, keepdims=True)
    things: list[Thing] = []
    for n, (name, type, spans, score) in enumerate(kept):
        allowed = [k for k, o in enumerate(heads.roles) if type in ROLE_TYPES.get(o, (type,))]
        best = max(allowed or range(len(heads.roles)), key=lambda k: roles[n, k])
        things.append((name, type, heads.roles[best], spans, score, float(roles[n, best])))
    return things


def _seen(heads: Heads, r: Reading, probs: Floats, things: Sequence[Thing]) -> Floats:
    """Describe things for the second look."""
    types = [heads.types.index(t[1]) for t in things]
    best = [max(t[3], key=lambda s: float(probs[s[0], s[1] - s[0], 1 + k])) for t, k in zip(things, types, strict=True)]
    forms = [r.text[r.words[i][0] : r.words[j][1]] for i, j in best]
    hints = {(i, j): TYPES[t] for i, j, t in r.hints}
    return features(
        probs, [t[3] for t in things], types, [t[4] for t in things], [t[5] for t in things], forms, hints,
        heads.types, r.n_title,
    )  # fmt: skip


def _evaluated(
    things: list[Thing],
    results: Sequence[tuple[Quantity, float, str, dict[str, int]]],
    settings: Settings,
) -> list[Thing]:
    """Take a dataset that a number is reported on as evaluated on, if it seemed only used or mentioned."""
    reported = {slots["dataset"] for _, score, _, slots in results if score >= settings.result and "dataset" in slots}
    return [
        (name, type, "evaluates_on", spans, score, sure)
        if n in reported and type == "Dataset" and role in ("uses", "mentions")
        else (name, type, role, spans, score, sure)
        for n, (name, type, role, spans, score, sure) in enumerate(things)
    ]


#: The one type that a slot may hold, where there is one.
_SLOT_TYPES = {"dataset": "Dataset", "task": "Task", "hardware": "Hardware", "metric": "Metric"}


def _allowed(points: Floats, slot: str, types: Sequence[str]) -> Floats:
    wanted = _SLOT_TYPES.get(slot)
    if wanted is None or wanted not in types:
        return points
    keep = np.array([True, *(t == wanted for t in types)])
    return np.where(keep, points, -1)


def relation_score(claims: Claims, relation: tuple[int, str, int, float]) -> float:
    """Weigh a relation's probability by how sure its ends are."""
    h, _, t, p = relation
    return p * math.sqrt(claims.things[h][4] * claims.things[t][4])


def findings(paper: Paper, r: Reading, claims: Claims, settings: Settings) -> Findings:
    """Keep the claims above the thresholds, with calibrated confidence and evidence."""
    text, cut = r.text, r.words

    def mention(span: Span) -> Mention:
        a, b = cut[span[0]][0], cut[span[1]][1]
        return Mention(text[a:b], a, b)

    links = tuple(
        Link(name, type, role, tuple(mention(s) for s in spans), settings.link_curve(score * sure))
        for name, type, role, spans, score, sure in claims.things
    )
    sentence = _Sentences(text)
    relations = []
    for claim in claims.relations:
        h, label, t, _ = claim
        score = relation_score(claims, claim)
        if score < settings.relation.get(label, 0.5):
            continue
        _, a, b, _ = closest(claims.things[h][3], claims.things[t][3])
        evidence = sentence.around(paper, sorted((mention(a), mention(b)), key=lambda m: m.start))
        relations.append(
            Relation(
                links[h].name, label, links[t].name, evidence, settings.relation_curve(score),
                links[h].type, links[t].type,
            )
        )  # fmt: skip
    results = []
    for q, score, kind, slots in claims.results:
        if score < settings.result:
            continue
        named = [mention(s) for s in claims.things[slots["metric"]][3]] if "metric" in slots else []
        names = {s: links[n].name for s, n in slots.items() if s != "metric"}
        results.append(
            Result(
                metric=_metric(text, q, named),
                value=q.value,
                value_high=q.value_high,
                unit=q.unit,
                kind=kind,
                evidence=paper.quote(q.quote_start, q.quote_end),
                confidence=settings.result_curve(score),
                **names,
            )
        )
    return Findings(paper, links, tuple(sorted(relations, key=lambda x: (x.head, x.type, x.tail))), tuple(results))


#: What a number measures when no metric is named: by its unit, or by a word near it.
_BY_UNIT = {
    "ms": "latency", "us": "latency", "ns": "latency", "s": "latency", "FPS": "throughput", "W": "power", "mW": "power",
    "uW": "power", "J": "energy", "mJ": "energy", "uJ": "energy", "nJ": "energy", "pJ": "energy", "GB": "memory",
    "MB": "memory", "KB": "memory", "mm2": "area", "MHz": "frequency", "GHz": "frequency", "dB": "PSNR",
    "FLOPs": "FLOPs", "GFLOPs": "FLOPs", "M": "parameters", "B": "parameters",
}  # fmt: skip
_BY_WORD = re.compile(
    r"\b(speed-?\s?up|faster|accelerat|parameters?|FLOPs|MACs|memory|energy|latency|throughput|accuracy|power|area|error|storage"
    r"|bandwidth|training time|inference time|compression|size)",
    re.I,
)


def _metric(text: str, q: Quantity, named: Sequence[Mention]) -> str:
    """Name what a number measures: the mention nearest to it, else what its unit or the words around imply."""
    if named:
        return min(named, key=lambda m: (max(q.start - m.end, m.start - q.end), m.start)).text
    near = list(_BY_WORD.finditer(text, q.quote_start, q.quote_end))
    if near:
        word = min(near, key=lambda m: (abs(m.start() - q.end), m.start()))[1].lower()
        return "speedup" if word.startswith(("speed", "faster", "accelerat")) else word
    if q.unit in _BY_UNIT:
        return _BY_UNIT[q.unit]
    return "throughput" if "/s" in q.unit or q.unit.endswith("OPS") else "performance"


class _Sentences:
    """Where the sentences of a text begin and end."""

    def __init__(self, text: str) -> None:
        self._text = text
        ends = [m.end() for m in re.finditer(r"[.!?][\"')\]]*\s+(?=[\"'(\[$\\]*[A-Z0-9])|\n", text)]
        self._starts = [0, *ends]
        self._ends = [*ends, len(text)]

    def _of(self, start: int) -> tuple[int, int]:
        n = max(0, bisect_left(self._starts, start + 1) - 1)
        a, b = self._starts[n], self._ends[n]
        inner = self._text[a:b]
        return a + len(inner) - len(inner.lstrip()), a + len(inner.rstrip())

    def around(self, paper: Paper, ends: Sequence[Mention]) -> Evidence:
        """Quote the sentence that holds both mentions; the words from one to the other if none does."""
        a, b = self._of(ends[0].start)
        if ends[1].end > b and ends[1].end - ends[0].start <= 400:
            a, b = ends[0].start, ends[1].end
        elif ends[1].end > b:
            a, b = self._of(ends[1].start)
        return paper.quote(a, max(b, a + 1))
