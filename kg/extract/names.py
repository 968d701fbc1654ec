"""Find known names in tokens: a matcher over the lexicon with guards against common words.

A form is looked up without case, hyphens, blanks and plural, so that "ImageNet-1K", "ImageNet 1K" and
"ImageNet1K" are one. Guards decide whether what stands in the text is the name or a word that looks like it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from kg.extract.group import singular
from kg.extract.words import CLASS_WORDS, GENERIC, PLAIN_WORDS
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


#: What follows a name when it names a dataset.
_DATASET_NEXT = re.compile(
    r"[\s-]*(?:data\s?sets?|benchmarks?|corpus|corpora|test\b|challenge|leaderboard|validation|val\b)", re.I
)
_ON_BEFORE = re.compile(r"\b(?:on|dataset|datasets|benchmark|benchmarks|and|,|\()\s*(?:the\s)?\Z", re.I)
_TITLE_WORD = re.compile(r"[A-Z][a-z]+\Z")


#: Tokens: words, numbers, and every other sign on its own.
TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019](?![sS]\b)[^\W\d_]+)?\d*[^\W_]*|\d+(?:\.\d+)*[^\W_]*|\S")
#: A token, most often a plain word or sign, and the blanks after it.
_TOKEN_AND_GAP = re.compile(rf"([A-Za-z]+(?=[\s.,();:-])|[^\w\s'\u2019]|{TOKEN.pattern})(\s*)")


def tokens(text: str) -> list[tuple[int, str]]:
    """Cut a text into tokens, with their offsets.

    >>> tokens(" CNN-based, 1.5x")
    [(1, 'CNN'), (4, '-'), (5, 'based'), (10, ','), (12, '1.5x')]
    """
    found = []
    at = len(text) - len(text.lstrip())
    for token, gap in _TOKEN_AND_GAP.findall(text):
        found.append((at, token))
        at += len(token) + len(gap)
    return found


Folded = tuple[str, str]


@lru_cache(maxsize=1 << 16)
def fold(token: str) -> Folded:
    """Give a token without case, as it is and in the singular."""
    return token.casefold(), singular(token).casefold()


class _Form(NamedTuple):
    entry: Entry
    written: str
    exact: bool


def _needs_case(form: str, entry: Entry) -> bool:
    """Tell whether a name must stand in the text with its own capitals to be taken as the name."""
    if entry.note.startswith("exact-case"):
        return True
    if form == form.casefold():
        return False
    if " " in form:
        return entry.type == "Dataset"
    if _TITLE_WORD.match(form):
        return len(form) < 9 or entry.type == "Dataset"
    return True


def _same_case(written: str, form: str) -> bool:
    """Tell whether a form stands as it is written in the lexicon, a plural or capitals of a heading apart."""
    if singular(written) == singular(form):
        return True
    if " " in form or "-" in form:
        return written[0] == form[0] and any(c.isupper() or c.isdigit() for c in written)
    return len(form) > 5 and any(c.isupper() for c in written[1:]) and any(c.isupper() for c in form[1:])


_HYPHENS = frozenset("-\u2010\u2011\u2013")


class NameMatcher:
    """A dictionary of names, searched token by token, longest match first."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._forms: dict[str, list[_Form]] = defaultdict(list)
        self._begun: set[str] = set()  # what the first tokens of a name make when joined
        for entry in entries:
            if entry.note.startswith("resolve-only"):
                continue
            for form in dict.fromkeys((entry.name, *entry.aliases)):
                self._add(entry, form)
        self._fitting: dict[tuple[str, str], tuple[Entry | None, Entry | None]] = {}
        self._first = self._begun | self._forms.keys()  # what a name's first token may be

    def _add(self, entry: Entry, form: str) -> None:
        pieces = [p for p in TOKEN.findall(form.casefold()) if p not in _HYPHENS]
        joined = "".join(pieces)
        if not pieces or len(joined) < 2 or joined.isdigit() or pieces[-1] == "based":
            return
        if form.casefold() in GENERIC or singular(form).casefold() in GENERIC:
            return
        if len(joined) < 3 and form.islower():
            return
        for n in range(1, len(pieces)):
            self._begun.add("".join(pieces[:n]))
        for end in {singular(TOKEN.findall(form)[-1]).casefold(), singular(pieces[-1]), pieces[-1]}:
            self._forms["".join(pieces[:-1]) + end].append(_Form(entry, form, _needs_case(form, entry)))

    def find(self, text: str, tokens: Sequence[tuple[int, str]], folded: Sequence[Folded]) -> list[Candidate]:
        """Give the names in a text, given its tokens as (offset, text), left to right without overlaps."""
        begun, forms = self._begun, self._forms
        first = self._first
        found: list[Candidate] = []
        after, n = 0, len(tokens)
        for i in [i for i, (low, one) in enumerate(folded) if low in first or one in first]:
            if i < after:
                continue
            best, joined, j = None, "", i
            while j < n:
                word, one = folded[j]
                if word in _HYPHENS:
                    j += 1
                    continue
                key, joined = joined + one, joined + word
                hits = forms.get(key) or forms.get(joined)
                if hits:
                    start, end = tokens[i][0], tokens[j][0] + len(tokens[j][1])
                    chosen = self._choose(text, start, end, key, hits)
                    if chosen:
                        best, after = self._minimal(text, i, j, tokens, chosen), j + 1
                if joined not in begun or (j + 1 < n and "\n" in text[tokens[j][0] : tokens[j + 1][0]]):
                    break
                j += 1
            if best:
                found.append(best)
        return found

    def _minimal(self, text: str, i: int, j: int, tokens: Sequence[tuple[int, str]], entry: Entry) -> Candidate:
        """Leave general words off both ends of a name as long as what is left names the same thing."""
        while j > i and tokens[j][1].casefold() in CLASS_WORDS and self._names(tokens[i:j], entry):
            j -= 1
        while j > i and tokens[i][1].casefold() in PLAIN_WORDS and self._names(tokens[i + 1 : j + 1], entry):
            i += 1
        while i < j and tokens[j][1] in _HYPHENS:
            j -= 1
        return Candidate(tokens[i][0], tokens[j][0] + len(tokens[j][1]), entry.type, "lexicon", 3)

    def _names(self, tokens: Sequence[tuple[int, str]], entry: Entry) -> bool:
        """Tell whether tokens are a form of an entry."""
        pieces = [t.casefold() for _, t in tokens if t not in _HYPHENS]
        key = "".join(pieces[:-1]) + singular(tokens[-1][1]).casefold() if pieces else ""
        return any(f.entry is entry for f in self._forms.get(key, ()))

    def _choose(self, text: str, start: int, end: int, joined: str, forms: Sequence[_Form]) -> Entry | None:
        """Pick the entry that a stretch of text means, or none when a guard refuses it."""
        written = text[start:end]
        known = self._fitting.get((joined, written))
        if known is None:
            known = self._fitting[joined, written] = _fitting(written, forms)
        dataset, other = known
        if dataset and (not other or _DATASET_NEXT.match(text, end)):
            return dataset
        return other


def _fitting(written: str, forms: Sequence[_Form]) -> tuple[Entry | None, Entry | None]:
    """Give the dataset and the other thing that a wording may mean, as its capitals allow."""
    if singular(written).casefold() in GENERIC or written.casefold() in GENERIC:
        return None, None
    fits = [f.entry for f in forms if not f.exact or _same_case(written, f.written)]
    dataset = next((e for e in fits if e.type == "Dataset"), None)
    return dataset, next((e for e in fits if e.type != "Dataset"), None)
