"""What the names of one paper mean, as far as this one paper and the lexicon tell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kg.resolve.forms import (
    acronym,
    bracketed,
    heavy,
    heavy_words,
    initials_fit,
    light,
    plain,
    proper,
    stripped,
    words,
)
from kg.resolve.known import Known, Match
from kg.resolve.tables import GENERIC
from kg.schema import Entry
from kg.types import Findings, Link


@dataclass(frozen=True, slots=True)
class Sense:
    """A name of one paper, and what it is: a known thing, or a thing with this identity key.

    `asks` is set when the paper does not say what the name stands for: other papers may. `defines` are keys of
    other forms (acronym, full form) that the paper itself says are this thing. `forms` are its written forms, each
    with the reason and score for taking it as this thing. `named` tells that the key is a proper name; `scope` is set
    when the user said that here it is a thing of its own.
    """

    paper: str
    name: str
    type: str
    key: str
    entry: tuple[str, str] | None
    role: str
    forms: tuple[tuple[str, str, float], ...]
    asks: str = ""
    defines: tuple[str, ...] = ()
    named: bool = False
    scope: str = ""

    @property
    def id(self) -> tuple[str, str, str]:
        """The name as findings refer to it: paper, name, type."""
        return self.paper, self.name, self.type


def own_key(form: str, type: str) -> str:
    """Give the identity key of a form that nothing is known about: folded, without what says only its kind.

    >>> own_key("FooNet-V2 model", "Architecture"), own_key("sparse model", "Architecture")
    ('foonetv2', 'sparsemodel')
    """
    return _own_key(form, type)[0]


@lru_cache(maxsize=1 << 18)
def _own_key(form: str, type: str) -> tuple[str, str]:
    best = bracketed(plain(form))[0]
    for rest, _ in stripped(form, type):
        parts = rest.split(" ")
        if len(rest) < 3 or rest.casefold() in GENERIC:
            continue
        if proper(rest) or (len(parts) > 1 and type in ("Method", "Task", "Dataset")) or type == "Dataset":
            best = rest
    return heavy(best) or light(best) or best.casefold(), best


def _subset(inner: str, outer: str) -> bool:
    return set(heavy_words(inner)) <= set(heavy_words(outer)) or set(words(inner)) <= set(words(outer))


def _votes(forms: Mapping[str, int], type: str, known: Known) -> dict[str, tuple[Match, ...]]:
    """Give what each form can be; a form unknown in its type is looked up in the near ones last."""
    return {form: known.find(form, type) for form in forms}


def _choose(
    forms: Mapping[str, int], found: Mapping[str, tuple[Match, ...]], type: str, text: str, known: Known
) -> Entry | None:
    """Pick the known thing that the forms of a link agree on, or None."""
    score: dict[tuple[str, str], float] = defaultdict(float)
    entry: dict[tuple[str, str], Entry] = {}
    longest = max(len(heavy_words(f)) for f in forms)
    for form, matches in found.items():
        if not matches:
            continue
        matches = _disambiguate(form, matches, text)
        weight = 0.4 if acronym(form) else 0.3 if plain(form).casefold() in GENERIC else 1.0
        if len(matches) == 1 and _named(form) and not acronym(form) and light(form) == light(matches[0].entry.name):
            weight *= 1.2
        weight *= 1.0 + 0.05 * (len(heavy_words(form)) == longest)
        if len(matches) > 1 and len(found) == 1:
            return None
        for m in matches:
            at = (m.entry.type, m.entry.name)
            entry[at] = m.entry
            score[at] += weight * m.score / len(matches)
    if not score:
        return None
    for at in list(score):
        # An elliptic form ("segmentation" for "medical image segmentation") speaks for the longer one.
        wider = known.ancestors(entry[at])
        for other in score:
            if other in wider and any(_subset(f, entry[at].name) for f in forms if any(
                (m.entry.type, m.entry.name) == other for m in found[f])):  # fmt: skip
                score[at] += 0.9 * score[other]
    # Of two that the forms speak for alike, the narrower one.
    return entry[max(sorted(score), key=lambda at: (round(score[at], 1), len(known.ancestors(entry[at]))))]


def _like(entry: Entry, form: str) -> bool:
    """Tell whether a longer form can be another way of spelling out a known thing."""
    if _subset(entry.name, form):
        return True
    given = set(words(form))
    spelt = (set(words(a)) for a in (entry.name, *entry.aliases) if " " in a or "-" in a)
    return any(len(given & known) > len(given | known) / 2 for known in spelt if len(known) > 1)


def _ends_alike(short: str, long: str) -> bool:
    """Tell an acronym whose last letter begins the last word from an aside: "data efficient approaches (DeiT)"."""
    letters = [c for c in plain(short).rstrip("s").casefold() if c.isalpha()]
    last = re.split(r"[\W_]+", plain(long).casefold())[-1]
    return bool(letters and last) and (
        letters[-1] == last[0] or (initials_fit("".join(letters), long) and letters[-1] in last)
    )


def _disambiguate(form: str, matches: tuple[Match, ...], text: str) -> tuple[Match, ...]:
    """Of several known things that one form can be, keep those that the paper spells out."""
    if len(matches) < 2:
        return matches
    folded = text.casefold()
    spelt = [
        m
        for m in matches
        if any(len(a) > len(form) and " " in a and a.casefold() in folded for a in (m.entry.name, *m.entry.aliases))
    ]
    return tuple(spelt) if spelt else matches


def _definition(text: str) -> dict[str, str]:
    """Give the acronyms that a text defines, with their long forms."""
    from kg.extract.acronyms import definitions

    return {d.short: d.long for d in definitions(text)} if "(" in text else {}


def senses(findings: Findings, known: Known) -> list[Sense]:
    """Say what each name of a paper is, in the order of its links."""
    paper = findings.paper
    text = paper.text
    defined: dict[str, str] | None = None
    out = []
    for link in findings.links:
        forms = _forms(link)
        if defined is None and any(acronym(f) for f in forms):
            defined = _definition(text)
        out.append(_sense(paper.id, link, forms, text, defined or {}, known))
    return out


def _forms(link: Link) -> dict[str, int]:
    forms: dict[str, int] = {}
    for m in link.mentions:
        form = " ".join(m.text.split())
        forms[form] = forms.get(form, 0) + 1
    return forms or {link.name: 1}


#: A form that is but the second half of a pair: "CIFAR-10/100", "SQuAD v1.1/v2.0", "CIFAR-10 and -100".
_BARE = re.compile(r"-?[vV]?\d[\d.]*[kK]?")
_PAIR = re.compile(r"((?:[\w-]+ ){0,2}[\w-]*?[A-Za-z])[\s-]?[vV]?\d[\d.]*[kK]?\s*(?:/|,|&|and|or|,\s*and)\s*\Z")


def _conjuncts(link: Link, text: str, known: Known) -> dict[str, int]:
    """Complete bare versions from the name they share their head with."""
    full: dict[str, int] = {}
    for m in link.mentions:
        before = _PAIR.search(text[max(0, m.start - 60) : m.start])
        if not before:
            continue
        parts = before.group(1).split(" ")
        for at in range(len(parts)):
            whole = " ".join(parts[at:]) + ("" if m.text.startswith("-") else "-") + m.text
            if known.find(whole, link.type):
                full[whole] = full.get(whole, 0) + 1
                break
    return full


def _ellipsis(forms: Mapping[str, int], type: str, text: str, known: Known) -> dict[str, int]:
    """Complete a general word ("segmentation") by the one longer name that the paper uses with it."""
    full: dict[str, int] = {}
    whole: dict[tuple[str, str], str] = {}
    for word in sorted({plain(f).casefold() for f in forms}):
        for m in re.finditer(rf"((?:[\w-]+ ){{1,3}}){re.escape(word)}\b", text, re.IGNORECASE):
            parts = m.group(0).split(" ")
            for at in range(len(parts) - 1):
                longer = " ".join(parts[at:])
                found = known.find(longer, type)
                if len(found) == 1 and light(longer) != light(word):
                    first = whole.setdefault((found[0].entry.type, found[0].entry.name), longer)
                    full[first] = full.get(first, 0) + 1
                    break
    ranked = sorted(full.items(), key=lambda kv: (-kv[1], kv[0]))
    if ranked and (len(ranked) == 1 or ranked[0][1] >= 2 * ranked[1][1]):
        return dict(ranked[:1])
    return {}


def _sense(
    paper: str, link: Link, forms: Mapping[str, int], text: str, defined: Mapping[str, str], known: Known
) -> Sense:
    type = link.type
    if all(_BARE.fullmatch(f) for f in forms):
        forms = _conjuncts(link, text, known) or forms
    elif type in ("Task", "Method") and all(plain(f).casefold() in GENERIC and " " not in f for f in forms):
        forms = _ellipsis(forms, type, text, known) or forms
    found = _votes(forms, type, known)
    long = [f for f in forms if len(plain(f)) > 4 and not acronym(f) and plain(f).casefold() not in GENERIC]
    shorts = [f for f in forms if acronym(f) or (" " not in plain(f) and proper(f))]
    # What the paper itself spells out goes before what an acronym usually means.
    spelt = [
        d
        for s in shorts
        if (d := defined.get(s) or defined.get(s.rstrip("s"))) and heavy(d) != heavy(s) and _ends_alike(s, d)
    ]
    full = [f for f in long if " " in plain(f) or "-" in plain(f)]
    meant = [f for f in (*full, *spelt) if any(initials_fit(s, f) for s in shorts if acronym(s) or len(s) <= 8)]
    if meant and not any(known.find(f, type) for f in (*meant, *(x for x in long if x not in shorts))):
        # "Distribution Transformer (DiT)" is no Diffusion Transformer; "redox resistive RAM (RRAM)" is resistive RAM.
        found = {f: tuple(m for m in ms if any(_like(m.entry, d) for d in meant)) for f, ms in found.items()}
    entry = _choose(forms, found, type, text, known)
    if entry is None and spelt and not full:
        further = {d: known.find(d, type) for d in spelt}
        entry = _choose(dict.fromkeys(spelt, 1), further, type, text, known)
    reason = ""
    if entry is None and link.role != "introduces":
        asked = [f for f in forms if plain(f).casefold() not in GENERIC and (not meant or f in meant)]
        near = [m for f in asked for m in known.near(f, type)]
        if near and len({m.entry.name for m in near}) == 1:
            entry, reason = near[0].entry, near[0].reason
    shown = tuple(_why(f, entry, forms, known, type, reason) for f in sorted(forms))
    acronyms = tuple(sorted({own_key(s, type) for s in shorts if acronym(s)}))
    if entry is not None:
        defines = acronyms if long or spelt else ()
        return Sense(paper, link.name, type, "", (entry.type, entry.name), link.role, shown, "", defines)
    main = _main(forms, meant, long, spelt)
    key, kept = _own_key(main, type)
    others = {own_key(f, type) for f in (*meant, *(s for s in shorts if any(initials_fit(s, f) for f in meant)))}
    return Sense(
        paper, link.name, type, key, None, link.role, shown,
        "" if meant or link.role == "introduces" else key, tuple(sorted(others - {key})), named=_named(kept),
    )  # fmt: skip


def _named(form: str) -> bool:
    """Tell a form that reads as the proper name of one thing: two papers may each have one."""
    return proper(form) or (" " not in form and form[:1].isupper())


def _main(forms: Mapping[str, int], meant: list[str], long: list[str], spelt: list[str]) -> str:
    """Pick the form that names a thing nothing is known about: a full form, else the one used most."""
    named = [f for f in long if " " not in plain(f) and proper(f)]
    if named:
        return max(sorted(named), key=lambda f: forms.get(f, 0))
    pool = [f for f in meant if f in forms] or list(meant) or long or list(spelt) or list(forms)
    return max(sorted(pool), key=lambda f: (forms.get(f, 0), -len(f)))


def _why(
    form: str, entry: Entry | None, forms: Iterable[str], known: Known, type: str, reason: str
) -> tuple[str, str, float]:
    if entry is not None:
        for m in known.find(form, entry.type):
            if (m.entry.type, m.entry.name) == (entry.type, entry.name):
                return form, reason or m.reason, m.score
    if any(o != form and (initials_fit(form, o) or initials_fit(o, form)) for o in forms):
        return form, "defined in the paper", 0.95
    return form, "same link in the paper", 0.85
