"""Find abbreviations that a text defines itself: "Field-Programmable Gate Array (FPGA)".

The algorithm is Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text", Pacific Symposium on Biocomputing 2003, with two changes: the short form must hold an
upper-case letter, and a hyphen starts a word ("Language-Bridged Duplex Transfer (LBDT)").
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from kg.extract.scan import matches
from kg.extract.words import SMALL_WORDS


class Definition(NamedTuple):
    """A short form and the long form that the text gives for it, with their offsets."""

    short: str
    long: str
    short_start: int
    short_end: int
    long_start: int
    long_end: int


#: An opening bracket, what stands first inside it, and how that ends.
_BRACKET = re.compile(r"\(\s*([^()\[\]\n;,:=]{2,120}?)\s*(?=[);,:=])")
_SHORT = re.compile(r"[A-Za-z0-9][\w&+/*.'\u2019^-]{1,14}(?: [\w&+/-]{1,8})?\Z")
_PART = re.compile(r"[^\W_]+")
_WORD = re.compile(r"\S+")
#: Words that begin an aside, not a definition.
_ASIDE = re.compile(r"(?:e\.?g|i\.?e|cf|vs|see|such|both|and|or|eq|fig|sec|tab)\b", re.I)
#: Words that no name holds: a stretch with one of them is a clause.
_CLAUSE = re.compile(r"\b(?:we|is|are|was|were|which|that|can|this|has|have)\b|, [a-z]+ing\b", re.I)
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=[A-Z])|\n")


def _is_short(form: str) -> bool:
    """Tell whether a form can be an abbreviation: one or two words of 2 to 15 characters with a capital."""
    return bool(
        _SHORT.match(form)
        and not _ASIDE.match(form)
        and any(c.isupper() for c in form)
        and sum(c.isalpha() for c in form) >= 2
    )


def _find_long(short: str, before: str) -> int | None:
    """Give where the long form begins in the text before the bracket, or None.

    Goes from right to left through both; each character of the short form must be found in order, the
    first of them at the start of a word (the algorithm's `findBestLongForm`).
    """
    at = len(before) - 1
    for i in range(len(short) - 1, -1, -1):
        c = short[i].casefold()
        if not c.isalnum():
            continue
        while at >= 0 and (before[at].casefold() != c or (i == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
        at -= 1
    return max(before.rfind(" ", 0, at + 1), before.rfind("\n", 0, at + 1), before.rfind("(", 0, at + 1)) + 1


def _by_initials(short: str, before: str) -> int | None:
    """Give where the last words begin whose initials are the letters of the short form, or None.

    Small words and what a hyphen ties to the word before may be left out: "transformer-based text embedding (TTE)".
    """
    letters = [c.casefold() for c in short if c.isalnum()]
    parts = list(_PART.finditer(before))
    n = len(parts)
    for c in reversed(letters):
        while n and before[parts[n - 1].start()].casefold() != c:
            tied = parts[n - 1].start() and before[parts[n - 1].start() - 1] in "-\u2010\u2011"
            if not (tied or (n < len(parts) and parts[n - 1][0].casefold() in SMALL_WORDS)):
                return None
            n -= 1
        if not n:
            return None
        n -= 1
    start = parts[n].start()
    return start if start == 0 or before[start - 1] in " \n(" else None


def _long_before(text: str, short: str, bracket: int, *, listed: bool) -> tuple[int, int] | None:
    """Find the long form that ends at a bracket; of the first of a list in brackets, only by its initials."""
    end = len(text[:bracket].rstrip())
    floor = max(0, end - 160)
    for m in _SENTENCE_END.finditer(text, floor, end):
        floor = m.end()
    letters = sum(c.isalnum() for c in short)
    words = list(_WORD.finditer(text, floor, end))[-min(letters + 5, letters * 2) :]
    if not words:
        return None
    base = words[0].start()
    singular = short[:-1] if len(short) > 2 and short.endswith("s") and short[-2].isupper() else short
    before = text[base:end]
    found = [b for b in (_by_initials(form, before) for form in (short, singular)) if b is not None]
    if not found and not listed:
        found = [b for b in (_find_long(form, before) for form in (short, singular)) if b is not None]
    if not found:
        return None
    start = base + max(found)
    while start < end and text[start] in "\"'`\u201c\u2018($\\{":
        start += 1
    long = text[start:end]
    if (
        _CLAUSE.search(long)
        or len(long) <= len(short)
        or short in long.split()
        or "(" in long
        or long.count(" ") + 1 > letters + 5
    ):
        return None
    return start, end


def _long_after(short: str, inner: str) -> bool:
    """Tell whether a bracket after a short form spells it out: "FPGA (Field-Programmable Gate Array)"."""
    words = re.split(r"[\s-]+", inner)
    letters = sum(c.isalnum() for c in short)
    return 2 <= len(words) <= letters + 5 and len(inner) > len(short) and _find_long(short, inner) == 0


def definitions(text: str) -> list[Definition]:
    """Find the abbreviations that a text defines, in order of appearance.

    >>> text = "We use vision transformers (ViTs) on FPGA (field-programmable gate array)."
    >>> [(d.short, d.long) for d in definitions(text)]
    [('ViTs', 'vision transformers'), ('FPGA', 'field-programmable gate array')]
    """
    return list(_definitions(text))


@lru_cache(maxsize=4)  # several steps ask
def _definitions(text: str) -> tuple[Definition, ...]:
    found = []
    for m in matches(_BRACKET, text, "("):
        inner, start = m[1], m.start(1)
        if _is_short(inner):
            span = _long_before(text, inner, m.start(), listed=text[m.end()] == ",")
            if span:
                found.append(Definition(inner, text[slice(*span)], start, start + len(inner), *span))
                continue
        before = text[max(0, m.start() - 40) : m.start()].rstrip()
        word = before.rsplit(None, 1)[-1] if before else ""
        if word and (" " in inner or "-" in inner) and _is_short(word) and _long_after(word, inner):
            short_end = m.start() - (len(text[: m.start()]) - len(text[: m.start()].rstrip()))
            found.append(Definition(word, inner, short_end - len(word), short_end, start, start + len(inner)))
    return tuple(found)
