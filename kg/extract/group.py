"""Group the mentions of one paper into things: one group per thing, under one name.

Within one paper a plural, another case or hyphen, a class noun behind the name, an abbreviation that the
paper defines and a synonym of the lexicon are the same thing. Across papers `kg.resolve` decides, with more care.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from kg.extract.acronyms import Definition, definitions
from kg.extract.words import CLASS_NOUNS, KINDS, SMALL_WORDS
from kg.schema import TYPES, Entry, lexicon
from kg.types import key

Span = tuple[int, int, str]


class Group(NamedTuple):
    """The mentions of one thing: its name within the paper, its type, and its spans in order."""

    name: str
    type: str
    spans: tuple[tuple[int, int], ...]


_SAME_ENDING = re.compile(
    r"(?:ss|us|is|ous|ics|bias|lens|\b(?:as|has|was|gas|alias|atlas|canvas|pandas)|series|species)\Z"
)
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
    if low.endswith(("sses", "shes", "ches", "xes", "zzes")) and not low.endswith(("caches", "axes")):
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


_BLANK = re.compile(r"[\s\-/]+")
_GLOSS = re.compile(r"\(([^()]+)\)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|[\W_]+")
_PART = re.compile(r"[^\W_]+")
#: What a short form is made of: "Ada", "Trans"; "F", "F", "Net"; "O", "2", "S", "Former".
_CHUNK = re.compile(r"[A-Z][a-z]+|[a-z]{2,}|[A-Za-z]|\d+")
#: Digits that stand for a word.
_DIGIT_WORDS = {"2": "to", "4": "for"}


def _is_within(chunk: str, word: str) -> bool:
    """Tell whether a chunk of a short form stands for a word: its beginning, letters of it, or a long end."""
    if word.startswith(chunk) or (len(chunk) > 2 and word.endswith(chunk)):
        return True
    letters = iter(word[1:])
    return len(chunk) < 4 and chunk[0] == word[0] and all(c in letters for c in chunk[1:])


def _fits(chunks: Sequence[str], words: Sequence[str], skips: int) -> bool:
    """Tell whether chunks stand for words one after the other, but for small words and `skips` others."""
    if not chunks:
        return sum(w not in SMALL_WORDS for w in words) <= skips
    if not words:
        return False
    if _is_within(chunks[0], words[0]) and _fits(chunks[1:], words[1:], skips):
        return True
    cost = words[0] not in SMALL_WORDS
    return skips >= cost and _fits(chunks, words[1:], skips - cost)


def _readings(chunks: Sequence[str]) -> list[list[str]]:
    """Give what the chunks of a short form can mean: "A2" is "AA", "3D" "DDD", a 2 between letters "to".

    Two digits at most, each beside letters, or nothing.
    """
    read: list[list[str]] = [[]]
    repeated = 1
    digits = 0
    for n, chunk in enumerate(chunks):
        if not chunk.isdigit():
            read = [[*r, *[chunk] * times] for r in read for times in {1, repeated}]
            repeated = 1
            continue
        digits += 1
        before = chunks[n - 1] if n else ""
        after = chunks[n + 1] if n + 1 < len(chunks) else ""
        times = int(chunk) if chunk in ("2", "3", "4") else 0
        if digits > 2 or not times or not (before + after).isalpha():
            return []
        told = [[*r, _DIGIT_WORDS[chunk]] for r in read] if chunk in _DIGIT_WORDS else []
        doubled = [[*r, *[before] * (times - 1)] for r in read] if len(before) == 1 else []
        repeated = times if len(after) == 1 else 1
        read = [*told, *doubled, *(read if repeated > 1 else [])]
    return read


@lru_cache(maxsize=65536)
def abbreviates(short: str, long: str) -> bool:
    """Tell whether a name reads as the abbreviation of another that stands elsewhere in the same paper.

    Stricter than a definition in brackets: every letter or syllable of the short form begins a word, in
    order, and few words are left out.

    >>> abbreviates("LRA", "Long Range Arena"), abbreviates("CNN", "convolution kernel network")
    (True, False)
    >>> abbreviates("AdaTrans", "adaptive nonlinear latent transformation")
    True
    >>> abbreviates("I3D", "input-dependent dynamic depth")
    True
    """
    form, chunks, whole = _chunks(short)
    if len(whole) < 3 or (long[0].casefold() != whole[0] and form[0].upper() not in long[1:]):
        return False
    parts = _PART.findall(long)
    if whole in accumulate(w.casefold() for w in parts) or any(
        w.startswith(form) or w.casefold() == whole for w in parts
    ):
        return False  # a kind of it: "embedded FPGAs", "Direct 3D Diffusion"
    # An acronym within the long form stays whole.
    words = [w if len(w) > 2 and singular(w).isupper() else w.casefold() for w in _CAMEL.sub(" ", long).split()]
    content = [w for w in words if w not in SMALL_WORDS]
    if len(words) < 2 or not content:
        return False
    if whole in ("".join(w[0] for w in content), "".join(c for c in long if c.isupper()).casefold()):
        return True
    if chunks[0][0] != content[0][0] or len(chunks) < 2 or sum(c.isupper() for c in form) < 2:
        return False
    words = words[words.index(content[0]) :]
    return any(_fits(c, words, skips=(len(whole) - 2) // 3) for c in _readings(chunks))


@lru_cache(maxsize=65536)
def _chunks(short: str) -> tuple[str, tuple[str, ...], str]:
    """Give a short form without its plural, what it is made of, and that in one word; "" without capitals."""
    form = singular(short)
    chunks = tuple(c.casefold() for c in _CHUNK.findall(form))
    return form, chunks, "".join(chunks) if any(c.isupper() for c in form) else ""


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


def _is_known(form: str) -> bool:
    """Tell whether a form is a name of the lexicon, of whatever type."""
    return any(known(form, type) for type in TYPES)


def _spells(short: str, long: str) -> bool:
    words = [w for w in _PART.findall(long.casefold()) if w not in SMALL_WORDS]
    return "".join(w[0] for w in words) == short.casefold() or abbreviates(short, long)


@lru_cache(maxsize=65536)
def is_other(short: str, long: str, type: str) -> bool:
    """Tell whether what a paper abbreviates is another thing than the lexicon's of that name.

    >>> is_other("DPU", "distal prostatic urethra", "Hardware"), is_other("DPU", "data processor unit", "Hardware")
    (True, False)
    """
    short = singular(short)
    entry = known(short, type)
    if entry is None or not _spells(short, long):
        return False
    ours = [n for n in (entry.name, *entry.aliases) if len(_PART.findall(n)) > 1 and _spells(short, n)]
    begun = [{w[:4] for w in _PART.findall(n.casefold())} for n in (long, *ours)]
    return len(begun) > 1 and not any(begun[0] & b for b in begun[1:])


@lru_cache(maxsize=65536)
def _keys(form: str, type: str) -> frozenset[str]:
    """Give what two wordings share if they mean the same thing: spelling, stems, or entry of the lexicon."""
    bare = _bare(form)
    entry = known(form, type) or (known(bare, type) if bare != form else None)
    keys = {normal(form), normal(bare), _bag(form), "\x00" + entry.name if entry else ""}
    return frozenset(keys - {""})


#: Endings that a verb and the nouns made of it differ in: "detecting waste", "waste detection".
_ENDING = re.compile(
    r"(?:i[sz]ations?|i[sz]ing|i[sz]e[ds]?|ations?|ating|ated?|itions?|ions?|ings?|ments?|als?|e[ds]?|s)\Z"
)


@lru_cache(maxsize=65536)
def _bag(form: str) -> str:
    """Give the stems of a name's words in one order: who detects lanes does lane detection."""
    words = _BLANK.split(form.casefold())
    if len(words) < 2:
        return ""
    stems = sorted(_ENDING.sub("", w) if len(w) > 5 else singular(w) for w in words if w and w not in SMALL_WORDS)
    return "\x01" + " ".join(stems) if len(stems) > 1 and "to" not in words else ""


def _find(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _union(parent: list[int], i: int, j: int) -> None:
    i, j = _find(parent, i), _find(parent, j)
    parent[max(i, j)] = min(i, j)


def _glossed(form: str) -> str:
    """Give the short form that stands in brackets in a name, with nothing but class nouns after it."""
    m = _GLOSS.search(form)
    return m[1] if m and all(w.casefold() in CLASS_NOUNS for w in form[m.end() :].split()) else ""


def _expanded(form: str, words: dict[str, str]) -> str:
    """Write out the abbreviations inside a longer name, and drop those given in brackets after it."""
    if "(" in form:
        form = re.sub(r"\s*\([^()]*\)", "", form)
    if words and " " in form:
        return " ".join(words.get(singular(w), w) for w in form.split())
    return form


def _join_abbreviations(forms: dict[tuple[str, str], int], parent: list[int]) -> None:
    """Unite names of one type of which one abbreviates the other, though the paper does not say so."""
    longs: dict[str, list[tuple[str, str, int]]] = {}
    for (form, type), i in forms.items():
        if " " in form:
            longs.setdefault(type, []).append((form, form[0].casefold(), i))
    for (short, type), i in forms.items():
        if " " in short or not 2 < len(short) < 20 or short[1:] == short[1:].casefold():
            continue
        low, high = short[0].casefold(), short[0].upper()
        found = [
            j for long, first, j in longs.get(type, ()) if (first == low or high in long) and abbreviates(short, long)
        ]
        if len({_find(parent, j) for j in found}) == 1:
            _union(parent, i, found[0])


def _name(forms: Sequence[str], type: str, short_forms: frozenset[str], others: set[tuple[str, str]]) -> str:
    """Choose the name of a group: the lexicon's, else a short form it defines, else its commonest form.

    `others` are forms that mean something else here than in the lexicon.
    """
    for form, _ in Counter(forms).most_common():
        entry = known(form, type) if (form, type) not in others else None
        if entry:
            return entry.name
    if len(set(forms)) == 1:
        return singular(forms[0])
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
    longs: dict[str, set[str]] = {}
    owners: dict[str, str] = {}
    for d in defined:
        # What two short forms seem to stand for belongs to the first: "KD-X (KDX) and dynamic KD-X (DX)".
        if owners.setdefault(normal(d.long), normal(d.short)) == normal(d.short):
            longs.setdefault(normal(d.short), set()).update((normal(d.long), normal(_bare(d.long))))
    ends = {d.long_end: d for d in defined}
    places = {(start, end, type): i for i, (start, end, type) in enumerate(ordered)}
    shorts = frozenset(d.short for d in defined)
    words = {singular(d.short): singular(d.long) for d in defined}
    others: set[tuple[str, str]] = set()
    forms: dict[tuple[str, str], int] = {}
    for i, (start, end, type) in enumerate(ordered):
        form = text[start:end]
        same = forms.setdefault((form, type), i)
        if same != i:
            parent[i] = _find(parent, same)
            continue
        keys = _keys(form, type)
        if singular(form) in words and is_other(form, words[singular(form)], type):
            keys = frozenset(k for k in keys if k[0] != "\x00")
            others.add((form, type))
        written = _expanded(form, words)
        if "(" in form and (inner := _glossed(form)) in shorts and not _is_known(inner):
            keys = keys | {normal(inner)}
        if longs or written != form:
            keys = (keys | {k2 for k in keys for k2 in longs.get(k, ())} | {normal(written)}) - {""}
        for k in keys:
            _union(parent, i, first.setdefault((k, type), i))
    for start, end, type in ordered:
        gloss = ends.get(end)
        if gloss and start <= gloss.long_start and not _is_known(gloss.short):
            j = places.get((gloss.short_start, gloss.short_end, type))
            if j is not None:
                _union(parent, places[start, end, type], j)
    _join_abbreviations(forms, parent)
    members: dict[int, list[int]] = {}
    for i in range(len(ordered)):
        members.setdefault(_find(parent, i), []).append(i)
    groups = []
    for ids in members.values():
        type = ordered[ids[0]][2]
        found = [text[ordered[i][0] : ordered[i][1]] for i in ids]
        name = _name(found, type, shorts, others)
        groups.append(Group(name, type, tuple((ordered[i][0], ordered[i][1]) for i in ids)))
    return groups
