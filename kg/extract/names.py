"""Find known names in tokens: a matcher over the lexicon with guards against common words.

A form is looked up without case, hyphens, blanks and plural, so that "ImageNet-1K", "ImageNet 1K" and
"ImageNet1K" are one. Guards decide whether what stands in the text is the name or a word that looks like it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kg.extract.group import singular
from kg.schema import Entry


class Candidate(NamedTuple):
    """A stretch of text that may name something: `text[start:end]`, its type, and which rule says so.

    Of candidates that overlap the one with the smaller `rank` stays, then the longer one.
    """

    start: int
    end: int
    type: str
    rule: str
    rank: int = 5


#: Words that stand in the lexicon's sources as names but in a text nearly always mean something general.
GENERIC = frozenset(
    "model models network networks method methods approach approaches performance experiment experiments data token tokens "
    "layer layers parameter weight weights activation activations image images text texts language learning deep learning "
    "training testing task tasks dataset datasets benchmark benchmarks algorithm algorithms system systems framework results "
    "result feature features input inputs output outputs vision video speech audio graph graphs node edge state states space "
    "time sequence sequences representation representations information knowledge structure structures design function "
    "functions level scale size set sets label labels class classes domain domains object objects human people word words "
    "sentence sentences document documents question answer attack target source code program search base large small global "
    "local fast slow high low deep wide dense sparse linear flow path point points mask masks key value query head heads "
    "step steps stage map maps line lines balanced visual natural normal standard general simple random test train unit field "
    "processing neural learning-based ai ml deep-learning machine-learning science engineering research time-series nas "
    "highway inception fire focus seed spring summer web set news real bridge echo spider rain mix sound place places scene "
    "action actions context memory-efficient can will may might must all one two three most next".split()
)
#: What follows a name when it names a dataset.
_DATASET_NEXT = re.compile(r"[\s-]*(?:data\s?sets?|benchmarks?|corpus|corpora|test\b|challenge|leaderboard|validation|val\b)", re.I)
_ON_BEFORE = re.compile(r"\b(?:on|dataset|datasets|benchmark|benchmarks|and|,|\()\s*(?:the\s)?\Z", re.I)
_TITLE_WORD = re.compile(r"[A-Z][a-z]+\Z")


class _Form(NamedTuple):
    entry: Entry
    written: str
    exact: bool


def _needs_case(form: str, type: str) -> bool:
    """Tell whether a name must stand in the text with its own capitals to be taken as the name."""
    if " " in form or form == form.casefold():
        return False
    letters = [c for c in form if c.isalpha()]
    if _TITLE_WORD.match(form):
        return len(form) < 9 or type == "Dataset"
    return len(letters) < 6 or sum(c.isupper() for c in letters) < 2


def _same_case(written: str, form: str) -> bool:
    return written in (form, form + "s", form + "es") or singular(written) == singular(form)


class NameMatcher:
    """A dictionary of names, searched token by token, longest match first."""

    def __init__(self, entries: Iterable[Entry], *, split: type[Sequence[str]] | None = None) -> None:
        self._forms: dict[str, list[_Form]] = defaultdict(list)
        self._longest: dict[str, int] = {}
        for entry in entries:
            for form in dict.fromkeys((entry.name, *entry.aliases)):
                self._add(entry, form)

    def _add(self, entry: Entry, form: str) -> None:
        pieces = [p for p in re.split(r"[\s-]+|(?<=[^\w\s])|(?=[^\w\s])", form.casefold()) if p]
        joined = "".join(pieces)
        if not pieces or len(joined) < 2 or form.casefold() in GENERIC or joined.isdigit():
            return
        if len(joined) < 3 and form.islower():
            return
        pieces[-1] = singular(pieces[-1])
        joined = "".join(pieces)
        self._forms[joined].append(_Form(entry, form, _needs_case(form, entry.type)))
        for first in {pieces[0], joined, singular(pieces[0])}:
            self._longest[first] = max(self._longest.get(first, 1), len(joined))

    def find(self, text: str, tokens: Sequence[tuple[int, str]]) -> Iterator[Candidate]:
        """Yield the names in a text, given its tokens as (offset, text), left to right without overlaps."""
        low = [t.casefold() for _, t in tokens]
        i = 0
        while i < len(tokens):
            limit = self._longest.get(low[i])
            if limit is None:
                limit = self._longest.get(singular(low[i]))
            best = None
            if limit:
                joined = ""
                for j in range(i, min(len(tokens), i + 14)):
                    if low[j] == "-":
                        continue
                    if "\n" in text[tokens[j - 1][0] : tokens[j][0]] and j > i:
                        break
                    last = singular(low[j])
                    forms = self._forms.get(joined + last) or self._forms.get(joined + low[j])
                    if forms:
                        start, end = tokens[i][0], tokens[j][0] + len(tokens[j][1])
                        chosen = self._choose(text, start, end, forms)
                        if chosen:
                            best = (j, Candidate(start, end, chosen.type, "lexicon", 3))
                    joined += low[j]
                    if len(joined) > limit + 2:
                        break
            if best:
                yield best[1]
                i = best[0] + 1
            else:
                i += 1

    def _choose(self, text: str, start: int, end: int, forms: Sequence[_Form]) -> Entry | None:
        """Pick the entry that a stretch of text means, or none when a guard refuses it."""
        written = text[start:end]
        fits = [f.entry for f in forms if not f.exact or _same_case(written, f.written)]
        if not fits or singular(written.casefold()) in GENERIC:
            return None
        dataset = [e for e in fits if e.type == "Dataset"]
        other = [e for e in fits if e.type != "Dataset"]
        if dataset and (not other or _DATASET_NEXT.match(text, end)):
            return dataset[0]
        return other[0] if other else None
