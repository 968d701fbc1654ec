"""Group the mentions of one paper into things: one group per thing, under one name.

Within one paper a plural, another case or hyphen, a class noun behind the name, an abbreviation that the
paper defines and a synonym of the lexicon are the same thing. Across papers `kg.resolve` decides, with more care.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from kg.extract.acronyms import Definition, definitions
from kg.extract.words import CLASS_NOUNS, KINDS, SMALL_WORDS
from kg.schema import Entry, lexicon
from kg.types import key

Span = tuple[int, int, str]


class Group(NamedTuple):
    """The mentions of one thing: its name within the paper, its type, and its spans in order."""

    name: str
    type: str
    spans: tuple[tuple[int, int], ...]


_SAME_ENDING = re.compile(r"(?:ss|us|is|ous|ics|bias|lens|as|series|species)\Z")
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015_/~$\\{}\"'\u2018\u2019\u201c\u201d.]+")


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Take the plural off a word or name, its last word if it has several.

    >>> singular("ViTs"), singular("memories"), singular("Tensor Cores"), singular("loss"), singular("LLaMAs")
    ('ViT', 'memory', 'Tensor Core', 'loss', 'LLaMA')
    >>> singular("AdaTrans"), singular("time series")
    ('AdaTrans', 'time series')
    """
    low = word.casefold()
    if len(word) < 3 or not low.endswith("s") or (_SAME_ENDING.search(low) and not word[-2:-1].isupper()):
        return word
    if low.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if low.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if low.endswith("matrices"):
        return word[:-4] + "x"
    last = word.rsplit(None, 1)[-1]
    if last.isupper() and len(last) <= 6:
        return word  # an acronym that ends in S: "GLUES", "FPS"
    if word[-2].islower() and _INNER_CAPITAL.search(last) and not low.endswith(("formers", "nets", "models")):
        return word  # a coined name: "AdaTrans"
    return word[:-1]


@lru_cache(maxsize=65536)
def normal(form: str) -> str:
    """Give what the spellings of one name have in common: no case, hyphen, blank or plural.

    >>> normal("Pre-trained Vision Transformers") == normal("pretrained vision transformer")
    True
    """
    return _SEPARATORS.sub("", key(singular(form)))


def _bare(form: str) -> str:
    """Take class nouns off the end of a proper name, or one off the end of a common one."""
    words = form.split()
    while len(words) > 1 and words[-1].casefold() in CLASS_NOUNS:
        proper = any(c.isupper() or c.isdigit() for c in words[-2][1:])
        if not proper and words[-1].casefold() in KINDS:
            break
        words.pop()
    return " ".join(words)


@lru_cache(maxsize=65536)
def abbreviates(short: str, long: str) -> bool:
    """Tell whether a name reads as the abbreviation of another that stands elsewhere in the same paper.

    Stricter than a definition in brackets: the first letter of each word counts.

    >>> abbreviates("LRA", "Long Range Arena"), abbreviates("CNN", "convolution kernel network")
    (True, False)
    """
    words = [w for w in re.split(r"[\s\-/]+", long) if w and w.casefold() not in SMALL_WORDS]
    letters = [c for c in singular(short) if c.isalnum()]
    capitals = sum(c.isupper() for c in letters)
    if len(words) < 2 or capitals < 2 or 5 * capitals < 3 * len(letters) or not all(w[0].isalpha() for w in words):
        return False
    if any(sum(c.isupper() for c in w) > 1 for w in words):
        return False
    initials = [w[0].casefold() for w in words]
    low = [c.casefold() for c in letters]
    if low[0] != initials[0] or len(low) > len(initials) + 9:
        return False
    if low == initials:
        return True
    # Every initial is used, in order, and every letter of the short form stands in the words, in order.
    at = iter(low)
    if len(low) < 3 or not all(c in at for c in initials):
        return False
    rest = iter("".join(words).casefold())
    return all(c in rest for c in low)


@lru_cache(maxsize=65536)
def known(form: str, type: str) -> Entry | None:
    """Find the one entry of the lexicon that a form means, plural or not; None if several or none."""
    names = lexicon()
    forms = (form, singular(form), form.replace("-", " "))
    if form[-1:] == "s" and form[-2:-1].isupper():  # "ViTs" is ViT, not VITS
        forms = (forms[1], forms[0], forms[2])
    for written in dict.fromkeys(forms):
        entries = names.find(written, type)
        if len(entries) == 1:
            return entries[0]
        if entries:
            return None
    return None


@lru_cache(maxsize=65536)
def _keys(form: str, type: str) -> frozenset[str]:
    """Give what two wordings share if they mean the same thing: spelling, without class nouns, or lexicon entry."""
    entry = known(form, type)
    keys = {normal(form), normal(_bare(form)), "\x00" + entry.name if entry else ""}
    return frozenset(keys - {""})


def _find(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _union(parent: list[int], i: int, j: int) -> None:
    i, j = _find(parent, i), _find(parent, j)
    parent[max(i, j)] = min(i, j)


def _expanded(form: str, words: dict[str, str]) -> str:
    """Write out the abbreviations inside a longer name, and drop those given in brackets after it."""
    if "(" in form:
        form = re.sub(r"\s*\([^()]*\)", "", form)
    if words and " " in form:
        return " ".join(words.get(singular(w), w) for w in form.split())
    return form


def _join_abbreviations(forms: dict[tuple[str, str], int], parent: list[int], defined: frozenset[str]) -> None:
    """Unite names of one type of which one abbreviates the other, though the paper does not say so."""
    shorts = [
        (f, t, i)
        for (f, t), i in forms.items()
        if f not in defined and " " not in f and 2 < len(f) < 16 and f[1:] != f[1:].casefold()
    ]
    for short, t, i in shorts:
        longs = [
            j for (long, t2), j in forms.items() if t == t2 and i != j and " " in long and abbreviates(short, long)
        ]
        if len({_find(parent, j) for j in longs}) == 1:
            _union(parent, i, longs[0])


def _name(forms: Sequence[str], type: str, short_forms: frozenset[str]) -> str:
    """Choose the name of a group: the lexicon's, else a short form it defines, else its commonest form."""
    if len(set(forms)) == 1:
        entry = known(forms[0], type)
        return entry.name if entry else singular(forms[0])
    for form, _ in Counter(forms).most_common():
        entry = known(form, type)
        if entry:
            return entry.name
    short = [f for f in forms if f in short_forms]
    if short:
        return singular(short[0])
    counts = Counter(singular(f) for f in forms)
    best = max(counts.values())
    first = next(f for f in counts if counts[f] == best)
    # "Sparse attention" at the start of a sentence and "sparse attention" inside: the inner one is the name.
    inner = [f for f in counts if f != first and f.casefold() == first.casefold() and f[1:] == first[1:]]
    return inner[0] if inner and inner[0][0].islower() else first


def group(text: str, spans: Iterable[Span], *, defined: Sequence[Definition] | None = None) -> list[Group]:
    """Group mention spans `(start, end, type)` into things, in order of appearance.

    Spans of different types never come together; two groups may end with the same name if their types differ.
    `defined` are the text's abbreviations, found anew if not given.

    >>> text = "Bright Moon Networks (BMNs) are slow. A BMN and a bright-moon network."
    >>> group(text, [(start, end, "Architecture") for start, end in ((0, 20), (22, 26), (40, 43), (50, 69))])
    [Group(name='BMN', type='Architecture', spans=((0, 20), (22, 26), (40, 43), (50, 69)))]
    """
    ordered = sorted(set(spans))
    defined = definitions(text) if defined is None else defined
    parent = list(range(len(ordered)))
    first: dict[tuple[str, str], int] = {}
    longs = {normal(d.short): normal(d.long) for d in defined}
    shorts = frozenset(d.short for d in defined)
    words = {singular(d.short): singular(d.long) for d in defined}
    forms: dict[tuple[str, str], int] = {}
    for i, (start, end, type) in enumerate(ordered):
        form = text[start:end]
        same = forms.setdefault((form, type), i)
        if same != i:
            parent[i] = _find(parent, same)
            continue
        keys = _keys(form, type)
        written = _expanded(form, words)
        if longs or written != form:
            keys = (keys | {longs[k] for k in keys if k in longs} | {normal(written)}) - {""}
        for k in keys:
            _union(parent, i, first.setdefault((k, type), i))
    _join_abbreviations(forms, parent, shorts)
    members: dict[int, list[int]] = {}
    for i in range(len(ordered)):
        members.setdefault(_find(parent, i), []).append(i)
    groups = []
    for ids in members.values():
        type = ordered[ids[0]][2]
        found = [text[ordered[i][0] : ordered[i][1]] for i in ids]
        groups.append(Group(_name(found, type, shorts), type, tuple((ordered[i][0], ordered[i][1]) for i in ids)))
    return groups
