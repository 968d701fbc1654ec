"""Say what role each thing plays in a paper, by readable cues around its mentions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kg.extract.group import Group, known, normal
from kg.extract.own import Own, introduced_at
from kg.extract.scan import matches
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
_COMPARING_BEGIN = (
    "outperform", "surpass", "exceed", "beat", "compar", "superior", "better", "faster", "lower", "higher", "more ",
    "fewer ", "less ", "smaller", "over", "versus", "vs", "against", "competitive", "relative", "than", "on par",
    "baseline",
)  # fmt: skip
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
    written = [list(dict.fromkeys(text[s:e] for s, e in g.spans)) for g in groups]
    own = [not own_forms.isdisjoint(map(normal, forms)) for forms in written]
    about = _About(
        text,
        text.find("\n"),
        sentences,
        next((i for i, (s, e) in enumerate(sentences) if i and _OURS.search(text, s, e)), 0),
        introduced_at(text),
        [m.end() + 1 for m in matches(_COMPARING, text, _COMPARING_BEGIN)],
        any(mine and g.type == "Hardware" for mine, g in zip(own, groups, strict=True)),
    )
    roles = []
    for g, forms, mine in zip(groups, written, own, strict=True):
        role, sure = ("introduces", OWN[g.type]) if mine else _role(g, forms, about)
        roles.append(Role(g.name, g.type, role, g.spans, sure))
    return roles


class _About(NamedTuple):
    """What is known of a text when the roles of its things are chosen."""

    text: str
    title_end: int
    sentences: Sequence[tuple[int, int]]
    first_ours: int  # the first sentence in which the paper speaks of itself
    introduced: frozenset[int]  # offsets behind "we propose a"
    cues: Sequence[int]  # ends of "outperforms", "than" and the like
    own_hardware: bool  # the paper introduces hardware

    def compared(self, start: int) -> bool:
        """Tell whether a cue ends shortly before an offset, in the same sentence."""
        i = bisect_right(self.cues, start) - 1
        return i >= 0 and start - self.cues[i] <= _REACH and not _STOPS.search(self.text, self.cues[i], start)

    def background(self, spans: Sequence[tuple[int, int]]) -> bool:
        """Tell whether things are named only before the paper speaks of itself."""
        return all(0 < _sentence(self.sentences, s) < self.first_ours for s, _ in spans)

    def before(self, start: int) -> str:
        """Give the words before an offset, within its sentence."""
        return self.text[max(0, start - 90) : start].rsplit(". ", 1)[-1]


def _entry(forms: Iterable[str], type: str) -> Entry | None:
    """Find what the lexicon knows about a thing that is written in one of some ways."""
    return next((k for form in forms if (k := known(form, type))), None)


def _role(g: Group, forms: Sequence[str], about: _About) -> tuple[str, float]:
    """Choose the role of a thing that is not the paper's own, and how sure that is; the first rule that holds."""
    type, first = g.type, g.spans[0][0]
    title = first < about.title_end
    if type not in ("Metric", "Task") and any(s in about.introduced for s, _ in g.spans):
        return "introduces", 0.3
    if type in ("Architecture", "Method", "Hardware") and not title:
        compared = [about.compared(s) for s, _ in g.spans]
        if any(compared):
            return "compares_with", 0.56 if all(compared) else 0.5
    if type == "Method" and title and any(" " in f for f in forms) and _entry(forms, type) is None:
        return "introduces", 0.32
    if type in ("Architecture", "Method"):
        once = len(g.spans) == 1 and not title
        if once and about.background(g.spans) and _entry(forms, type) and _LISTED.search(about.before(first)):
            return "mentions", 0.5
    if type == "Hardware":
        entry = _entry(forms, type)
        part = entry and entry.facts.get("class") in ("MemoryTechnology", "ComputeUnit", "ProcessInMemory")
        if part or (about.own_hardware and not title):
            return "uses", 0.49
        if not title and about.background(g.spans):
            return "mentions", 0.5
    if type in ("Task", "Metric") and not title and about.background(g.spans):
        return "mentions", 0.5 if type == "Task" else 0.32
    if type == "Dataset" and _TRAINED_ON.search(about.before(first)):
        return "uses", 0.5
    return DEFAULTS[type]
