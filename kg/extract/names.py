"""Find known names in tokens: a matcher over the lexicon with guards against common words.

A form is looked up without case, hyphens, blanks and plural, so that "ImageNet-1K", "ImageNet 1K" and
"ImageNet1K" are one. Guards decide whether what stands in the text is the name or a word that looks like it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
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


#: Tokens: words, numbers, and every other sign on its own.
TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019](?![sS]\b)[^\W\d_]+)?\d*[^\W_]*|\d+(?:\.\d+)*[^\W_]*|\S")
_HYPHENS = frozenset("-\u2010\u2011\u2013")


class NameMatcher:
    """A dictionary of names, searched token by token, longest match first."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._forms: dict[str, list[_Form]] = defaultdict(list)
        self._begun: set[str] = set()  # what the first tokens of a name make when joined
        for entry in entries:
            for form in dict.fromkeys((entry.name, *entry.aliases)):
                self._add(entry, form)

    def _add(self, entry: Entry, form: str) -> None:
        pieces = [p for p in TOKEN.findall(form.casefold()) if p not in _HYPHENS]
        joined = "".join(pieces)
        if not pieces or len(joined) < 2 or form.casefold() in GENERIC or joined.isdigit():
            return
        if len(joined) < 3 and form.islower():
            return
        for n in range(1, len(pieces)):
            self._begun.add("".join(pieces[:n]))
        last = singular(pieces[-1])
        for end in {last, pieces[-1]}:
            self._forms["".join(pieces[:-1]) + end].append(_Form(entry, form, _needs_case(form, entry.type)))

    def find(self, text: str, tokens: Sequence[tuple[int, str]]) -> list[Candidate]:
        """Give the names in a text, given its tokens as (offset, text), left to right without overlaps."""
        low = [t.casefold() for _, t in tokens]
        begun, forms = self._begun, self._forms
        found: list[Candidate] = []
        i, n = 0, len(low)
        while i < n:
            word = low[i]
            if word not in begun and word not in forms and (word[-1:] != "s" or singular(word) not in forms):
                i += 1
                continue
            best, after, joined, j = None, i + 1, "", i
            while j < n:
                word = low[j]
                if word in _HYPHENS:
                    j += 1
                    continue
                hits = forms.get(joined + singular(word)) or forms.get(joined + word)
                if hits:
                    start, end = tokens[i][0], tokens[j][0] + len(tokens[j][1])
                    chosen = self._choose(text, start, end, hits)
                    if chosen:
                        best, after = Candidate(start, end, chosen.type, "lexicon", 3), j + 1
                joined += word
                if joined not in begun or (j + 1 < n and "\n" in text[tokens[j][0] : tokens[j + 1][0]]):
                    break
                j += 1
            if best:
                found.append(best)
            i = after
        return found

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
