"""Say what role each thing plays in a paper, by readable cues around its mentions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from kg.extract.group import Group, normal
from kg.extract.own import Own, introduced_here


class Role(NamedTuple):
    """A thing of a paper with its role: what a `Link` is made of."""

    name: str
    type: str
    role: str
    spans: tuple[tuple[int, int], ...]
    confidence: float


#: Role of a thing when no cue speaks, and how often that was right on the development papers.
DEFAULTS = {
    "Architecture": ("uses", 0.5), "Method": ("uses", 0.5), "Task": ("addresses", 0.6), "Dataset": ("evaluates_on", 0.7),
    "Metric": ("measures", 0.65), "Hardware": ("targets", 0.5),
}  # fmt: skip

_COMPARED = re.compile(
    r"(?:outperform\w*|surpass\w*|exceed\w*|beat(?:s|ing)?|compared? (?:to|with|against)|comparable (?:to|with)|superior to|better than|"
    r"faster than|lower than|higher than|more \w+ than|fewer \w+ than|less \w+ than|smaller than|over|versus|vs\.?|against|competitive with|"
    r"relative to|than|on par with|baselines?,?(?: such as| like| including)?)\s(?:[^.;]{0,60}?[\s(])?\Z"
)
_TRAINED_ON = re.compile(r"(?:pre-?trained|pretraining|pre-training|trained|training) (?:\w+ )?(?:on|with|using)\s(?:the\s)?[^.,;]{0,30}\Z", re.I)
_OURS = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Tt]his (?:paper|work|article|study)|[Ii]n this|proposed?|[Ee]xperiment\w*|[Ee]valuat\w*|[Rr]esults?)\b")


def _sentence(sentences: Sequence[tuple[int, int]], offset: int) -> int:
    from bisect import bisect_right

    return max(0, bisect_right(sentences, (offset, 1 << 60)) - 1)


def find_roles(
    text: str, groups: Sequence[Group], owns: Sequence[Own], sentences: Sequence[tuple[int, int]]
) -> list[Role]:
    """Give each group a role."""
    own_forms = {normal(o.name) for o in owns}
    title_end = text.find("\n")
    first_ours = next((i for i, (s, e) in enumerate(sentences) if i and _OURS.search(text, s, e)), len(sentences))
    roles = []
    for g in groups:
        forms = {normal(text[s:e]) for s, e in g.spans}
        role, sure = DEFAULTS[g.type]
        starts = [s for s, _ in g.spans]
        in_title = any(s < title_end for s in starts)
        where = [_sentence(sentences, s) for s in starts]
        background = not in_title and all(0 < w < first_ours for w in where)
        before = [text[max(0, s - 90) : s].rsplit(". ", 1)[-1] for s in starts]
        if forms & own_forms:
            role, sure = "introduces", 0.75
        elif g.type not in ("Metric", "Task") and any(introduced_here(text, s) for s in starts):
            role, sure = "introduces", 0.6
        elif g.type in ("Architecture", "Method") and not in_title and all(_COMPARED.search(b) for b in before):
            role, sure = "compares_with", 0.6
        elif g.type == "Hardware" and not in_title and all(_COMPARED.search(b) for b in before):
            role, sure = "compares_with", 0.6
        elif g.type == "Dataset" and all(_TRAINED_ON.search(b) for b in before):
            role, sure = "uses", 0.5
        elif background and g.type in ("Task", "Hardware", "Metric", "Architecture", "Method"):
            role, sure = ("mentions", 0.5)
        roles.append(Role(g.name, g.type, role, g.spans, sure))
    return roles
