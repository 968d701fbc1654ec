"""Find what a paper itself introduces: "X: a ..." in the title, "we propose X", "called X", "X (ABC)"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kg.extract.acronyms import Definition
from kg.extract.names import GENERIC, Candidate
from kg.extract.patterns import HEADS, STOP
from kg.extract.group import singular


class Own(NamedTuple):
    """A name that the paper gives to its own contribution, and what kind of thing it seems to be."""

    name: str
    start: int
    end: int
    type: str


_PROPOSE = (
    r"(?:propos(?:e|es|ed|ing)|introduc(?:e|es|ed|ing)|present(?:s|ed|ing)?|develop(?:s|ed|ing)?|design(?:s|ed)?|describe|"
    r"contribute|construct|build|devise[sd]?|release|unveil|put forward|offer|create|establish|formulate)"
)
_NAME_WORD = r"(?:[A-Z0-9][\w+*^.'-]*[\w+*]|[A-Z]|[a-z]{1,4}[A-Z][\w+-]*)"
_NAME = rf"(?:\$?{_NAME_WORD}(?:[ ]{_NAME_WORD}){{0,3}})"
#: Each row: a pattern whose group "name" is the name.
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:called|named|dubbed|termed|coined|namely|denoted as|referred to as|code-named|abbreviated as)[ :]+(?:as )?(?:the )?[\"'“‘*]*(?P<name>{_NAME})",
        rf"\b[Ww]e (?:\w+ly |also |then |further |here |therefore |thus |first )?{_PROPOSE} (?:the )?[\"'“‘]?(?P<name>{_NAME})(?=[,:;.(]| \(|--| ?—| -|, | - | is | which| that| to | for |[\"'”’])",
        rf"(?:[Tt]his (?:paper|work|article|study)|[Hh]ere) (?:\w+ly )?(?:we )?{_PROPOSE} (?:the )?[\"'“‘]?(?P<name>{_NAME})(?=[,:;.(]| \(| is | which| that| to | for |[\"'”’])",
        rf"(?:\n|\. )(?P<name>{_NAME}) is (?:a|an|the first) (?:\w+[ -]){{0,3}}(?:novel|new|framework|model|method|architecture|system|library|toolkit|approach|algorithm)\b",
    )
)
_TITLE = re.compile(r"(?P<name>[^:\n?]{2,70}?)\s*(?::|--+|–|—)\s+\S")
_TITLE_STOP = frozenset("a an the on towards toward from how why what is are can do does when beyond rethinking revisiting exploring understanding attention".split())
_KIND_WINDOW = re.compile(r"[^.\n]{0,140}")
_KINDS = {
    **{w: k for w, (k, _) in HEADS.items() if k in ("Architecture", "Method", "Hardware")},
    **dict.fromkeys("method framework approach algorithm technique strategy scheme library toolkit tool compiler paradigm procedure loss pipeline recipe "
                    "optimizer quantizer kernel simulator toolchain methodology regularizer algorithm policy generator mechanism".split(), "Method"),
    **dict.fromkeys("dataset benchmark corpus testbed suite".split(), "Dataset"),
    **dict.fromkeys("accelerator processor chip soc macro hardware".split(), "Hardware"),
    **dict.fromkeys("architecture network transformer model backbone family".split(), "Architecture"),
}  # fmt: skip
for _weak in ("attention", "training", "learning", "generation", "head", "time", "search"):
    _KINDS.pop(_weak, None)
_ARCHITECTURE_NAME = re.compile(r"(?:[Ff]ormers?|[Nn]et|NET|BERT|ViT|GPT|Mamba|GAN|LM|CNN|VAE|MLP|RNN|LSTM|T)(?:[-+]?[vV]?\d*|\+\+|s)?\Z")


def kind_of(name: str, after: str) -> str:
    """Guess what a new name names, from its ending and from the words that introduce it.

    >>> kind_of("FooFormer", ""), kind_of("Bar", ", a new quantization framework for"), kind_of("Baz", ": an FPGA accelerator")
    ('Architecture', 'Method', 'Hardware')
    """
    words = re.findall(r"[A-Za-z-]+", after)
    found = ""
    for word in words[:16]:
        low = word.casefold()
        if low in ("for", "that", "which", "to", "by", "with", "based", "using", "on", "of", "is", "via", "where") and found:
            break
        kind = _KINDS.get(singular(low))
        if kind:
            found = kind
        elif low in ("that", "which", "where"):
            break
    if found:
        return found
    return "Architecture" if _ARCHITECTURE_NAME.search(name) else "Method"


def _name_like(name: str) -> bool:
    """Tell whether a stretch looks coined: an inner capital, a digit, or one capitalised unusual word."""
    words = name.split()
    if not words or name.casefold() in GENERIC or words[0].casefold() in STOP or len(words) > 5:
        return False
    if any(any(c.isupper() for c in w[1:]) or any(c.isdigit() for c in w) for w in words):
        return True
    return len(words) == 1 and words[0][:1].isupper() and len(name) > 2


def own_names(title: str, text: str, defined: Sequence[Definition]) -> Iterator[Own]:
    """Yield the names that a paper introduces, the title's first; one name may come several times."""
    m = _TITLE.match(title)
    if m:
        name = m["name"].strip().strip("\"'“”‘’$")
        first = name.split()[0].casefold() if name else ""
        start = title.find(name)
        short = len(name.split()) <= 3 and first not in _TITLE_STOP
        if name and short and (_name_like(name) or name in text[len(title) :]):
            yield Own(name, start, start + len(name), kind_of(name, title[m.end("name") :]))
    for pattern in _PATTERNS:
        for m in pattern.finditer(text):
            name, start = m["name"], m.start("name")
            name = name.rstrip(".'")
            while name.startswith("$"):
                name, start = name[1:], start + 1
            if _name_like(name):
                window = _KIND_WINDOW.match(text, start + len(name))
                before = text[max(0, m.start() - 100) : m.start()].rsplit(". ", 1)[-1]
                called = pattern is _PATTERNS[0]
                yield Own(name, start, start + len(name), kind_of(name, before if called else window[0] if window else ""))
    for d in defined:
        before = text[max(0, d.long_start - 90) : d.long_start]
        m = re.search(rf"\b(?:[Ww]e|paper|work|[Aa]nd|also|this|is|article)\b[^.]*?\b{_PROPOSE}\b(?P<gap>[^.]*)\Z", before)
        if m and not re.search(r"\b(?:based|using|for|with|by|via|in|on|that|which|from|through|into|where|called)\b", m["gap"]):
            kind = kind_of(d.short, d.long)
            yield Own(d.long, d.long_start, d.long_end, kind)
            yield Own(d.short, d.short_start, d.short_end, kind)


_INTRODUCED = re.compile(
    rf"(?:\b[Ww]e|paper|work|article|study|\band|to)\s(?:\w+ly |also |then |further |here |therefore |thus |first )*{_PROPOSE}\s"
    r"(?:(?:a|an|the|two|three|our|several|and|simple|yet|effective|efficient|novel|new|lightweight|first|general|robust|unified|fast|light-weight|"
    r"end-to-end|powerful|flexible|generic|scalable|simple-yet-effective|so-called|improved|elegant|practical|principled|,)[\s,]*)*\Z"
)


def introduced_here(text: str, start: int) -> bool:
    """Tell whether a phrase directly follows "we propose a novel"."""
    return bool(_INTRODUCED.search(text, max(0, start - 120), start))


def own_candidates(owns: Sequence[Own]) -> Iterator[Candidate]:
    """Give own names as candidates that beat all others."""
    for own in owns:
        yield Candidate(own.start, own.end, own.type, "own", 0)
