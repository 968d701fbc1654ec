"""Say what role each thing plays in a paper, by readable cues around its mentions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from kg.extract.group import Group, known, normal
from kg.extract.own import Own, introduced_at
from kg.schema import Entry


class Role(NamedTuple):
    """A thing of a paper with its role: what a `Link` is made of."""

    name: str
    type: str
    role: str
    spans: tuple[tuple[int, int], ...]
    confidence: float


#: Role of a thing when no cue speaks, and how often that was right on the development papers.
DEFAULTS = {
    "Architecture": ("uses", 0.5), "Method": ("uses", 0.43), "Task": ("addresses", 0.58),
    "Dataset": ("evaluates_on", 0.85), "Metric": ("measures", 0.68), "Hardware": ("targets", 0.6),
}  # fmt: skip
#: How often a paper's own name is found with the right type and role.
OWN = {"Architecture": 0.74, "Method": 0.58, "Task": 0.5, "Dataset": 0.83, "Metric": 0.5, "Hardware": 0.83}

_COMPARING = re.compile(
    r"(?:outperform\w*|surpass\w*|exceed\w*|beat(?:s|ing)?|compared? (?:to|with|against)|comparable (?:to|with)|"
    r"superior to|better than|"
    r"faster than|lower than|higher than|more \w+ than|fewer \w+ than|less \w+ than|smaller than|over|versus|"
    r"vs\.?|against|competitive with|"
    r"relative to|than|on par with|baselines?,?(?: such as| like| including)?)(?=\s)"
)
#: How far behind such words, within the sentence, a thing may stand that is compared with.
_REACH = 61
_TRAINED_ON = re.compile(
    r"(?:pre-?trained|pretraining|pre-training|trained|training) (?:\w+ )?(?:on|with|using)\s(?:the\s)?[^.,;]{0,30}\Z",
    re.I,
)
_STOPS = re.compile(r"[.;]")
#: Things named in passing: "such as", "like", "including", "e.g.".
_LISTED = re.compile(r"(?:such as|like|including|e\.g\.?,?|from|in)\s[^.;]{0,60}\Z")
_OURS = re.compile(
    r"\b(?:[Ww]e|[Oo]ur|[Tt]his (?:paper|work|article|study)|[Ii]n this|proposed?|[Ee]xperiment\w*|[Ee]valuat\w*|"
    r"[Rr]esults?)\b"
)


def _sentence(sentences: Sequence[tuple[int, int]], offset: int) -> int:
    return max(0, bisect_right(sentences, (offset, 1 << 60)) - 1)


def find_roles(
    text: str, groups: Sequence[Group], owns: Sequence[Own], sentences: Sequence[tuple[int, int]]
) -> list[Role]:
    """Give each group a role."""
    own_forms = {normal(o.name) for o in owns}
    title_end = text.find("\n")
    first_ours = next((i for i, (s, e) in enumerate(sentences) if i and _OURS.search(text, s, e)), 0)
    forms = [{normal(text[s:e]) for s, e in g.spans} for g in groups]
    own_hardware = any(g.type == "Hardware" and f & own_forms for g, f in zip(groups, forms, strict=True))
    introduced = introduced_at(text)
    cues = [m.end() + 1 for m in _COMPARING.finditer(text)]
    roles = []
    for g, written in zip(groups, forms, strict=True):
        starts = [s for s, _ in g.spans]
        seen = _Seen(
            own=bool(written & own_forms),
            introduced=any(s in introduced for s in starts),
            title=starts[0] < title_end,
            background=all(0 < _sentence(sentences, s) < first_ours for s in starts),
            once=len(starts) == 1,
            compared=tuple(_follows(text, s, cues) for s in starts),
            before=text[max(0, starts[0] - 90) : starts[0]].rsplit(". ", 1)[-1],
            phrase=any(" " in text[s:e] for s, e in g.spans),
            entry=next((k for s, e in g.spans if (k := known(text[s:e], g.type))), None),
            own_hardware=own_hardware,
        )
        role, sure = _role(g.type, seen)
        roles.append(Role(g.name, g.type, role, g.spans, sure))
    return roles


def _follows(text: str, start: int, cues: Sequence[int]) -> bool:
    """Tell whether a cue ends shortly before an offset, in the same sentence."""
    i = bisect_right(cues, start) - 1
    return i >= 0 and start - cues[i] <= _REACH and not _STOPS.search(text, cues[i], start)


class _Seen(NamedTuple):
    """What is seen of a thing: all that the rules below ask."""

    own: bool  # one of the paper's own names
    introduced: bool  # stands behind "we propose a"
    title: bool
    background: bool  # only before the paper speaks of itself
    once: bool
    compared: tuple[bool, ...]  # whether each mention follows "outperforms", "than" and the like
    before: str  # the words before the first mention, within its sentence
    phrase: bool  # several words
    entry: Entry | None  # what the lexicon knows about it
    own_hardware: bool  # the paper introduces hardware


def _role(type: str, seen: _Seen) -> tuple[str, float]:
    """Choose the role of a thing, and how sure that is; the first rule that holds."""
    thing = type in ("Architecture", "Method", "Hardware")
    if seen.own:
        return "introduces", OWN[type]
    if seen.introduced and type not in ("Metric", "Task"):
        return "introduces", 0.3
    if thing and not seen.title and any(seen.compared):
        return "compares_with", 0.56 if all(seen.compared) else 0.5
    if type in ("Architecture", "Method"):
        if type == "Method" and seen.title and seen.entry is None and seen.phrase:
            return "introduces", 0.32
        if seen.background and seen.once and not seen.title and seen.entry and _LISTED.search(seen.before):
            return "mentions", 0.5
    if type == "Hardware":
        part = (
            seen.entry.facts.get("class") in ("MemoryTechnology", "ComputeUnit", "ProcessInMemory")
            if seen.entry
            else False
        )
        if part or (seen.own_hardware and not seen.title):
            return "uses", 0.49
        if seen.background and not seen.title:
            return "mentions", 0.5
    if type in ("Task", "Metric") and seen.background and not seen.title:
        return "mentions", 0.5 if type == "Task" else 0.32
    if type == "Dataset" and _TRAINED_ON.search(seen.before):
        return "uses", 0.5
    return DEFAULTS[type]
