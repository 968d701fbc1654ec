"""Find what a paper itself introduces: "X: a ..." in the title, "we propose X", "called X", "X (ABC)"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from kg.extract.acronyms import Definition
from kg.extract.group import singular
from kg.extract.names import Candidate
from kg.extract.patterns import HEADS
from kg.extract.scan import matches, places
from kg.extract.words import EMPTY_HEADS, GENERIC, NOT_PHRASE, PHRASE_END, STOP, TITLE_STOP


class Own(NamedTuple):
    """A name that the paper gives to its own contribution, and what kind of thing it seems to be."""

    name: str
    start: int
    end: int
    type: str


_PROPOSE = (
    r"(?:propos(?:e|es|ed|ing)|introduc(?:e|es|ed|ing)|present(?:s|ed|ing)?|develop(?:s|ed|ing)?|design(?:s|ed)?|"
    r"describe|"
    r"contribute|construct|build|devise[sd]?|release|unveil|put forward|offer|create|establish|formulate)"
)
_NAME_WORD = r"(?:[A-Z0-9][\w+*^.'-]*[\w+*]|[A-Z]|[a-z]{1,4}[A-Z][\w+-]*)"
_NAME = rf"(?:\$?{_NAME_WORD}(?:[ ]{_NAME_WORD}){{0,3}})"
_QUOTE_END = r"[\"'\u201d\u2019]"
#: Each row: a pattern whose group "name" is the name.
_CALLS = re.compile(
    rf"(?:called|named|dubbed|termed|coined|namely|denoted as|referred to as|code-named|"
    rf"abbreviated as)[ :]+(?:as )?(?:the )?[\"'\u201c\u2018*]*(?P<name>{_NAME})"
)
_CALLS_BEGIN = (
    "called", "named", "dubbed", "termed", "coined", "namely", "denoted as", "referred to", "code-named", "abbreviated",
)  # fmt: skip
_IS_A = re.compile(
    rf"(?:\n|\. )(?P<name>{_NAME}) is (?:a|an|the first) (?:\w+[ -]){{0,3}}(?:novel|new|framework|model|method|"
    rf"architecture|system|library|toolkit|approach|algorithm)\b"
)
#: What leads to "propose", and then the proposal with its name.
_PROPOSALS = (
    (
        re.compile(r"\b[Ww]e (?:\w+ly |also |then |further |here |therefore |thus |first )?\Z"),
        re.compile(
            rf"{_PROPOSE} (?:the )?[\"'\u201c\u2018]?(?P<name>{_NAME})(?=[,:;.(]| \(|--| ?—| -|, | - | is |"
            rf" which| that| to | for |{_QUOTE_END})"
        ),
    ),
    (
        re.compile(r"(?:[Tt]his (?:paper|work|article|study)|[Hh]ere) (?:\w+ly )?(?:we )?\Z"),
        re.compile(
            rf"{_PROPOSE} (?:the )?[\"'\u201c\u2018]?(?P<name>{_NAME})(?=[,:;.(]| \(| is |"
            rf" which| that| to | for |{_QUOTE_END})"
        ),
    ),
)
#: How the words of `_PROPOSE` begin.
_PROPOSE_STEMS = (
    "propos", "introduc", "present", "develop", "design", "describe", "contribute", "construct", "build", "devise",
    "release", "unveil", "put", "offer", "create", "establish", "formulate",
)  # fmt: skip
#: Characters before such a word in which what leads to it is looked for.
_LEAD = 120


@lru_cache(maxsize=4)
def _verbs(text: str) -> tuple[int, ...]:
    """Give where words of `_PROPOSE` may stand."""
    return tuple(at for at in places(text, _PROPOSE_STEMS) if at and text[at - 1].isspace())


def _proposals(text: str, lead: re.Pattern[str], pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begins with a word of `_PROPOSE`, where `lead` matches what is before.

    The same as searching for both at once, without trying every letter of the text; those that come with one lead
    do not overlap.
    """
    done = 0
    for at in _verbs(text):
        before = lead.search(text, max(done, at - _LEAD), at) if at >= done else None
        m = pattern.match(text, at) if before else None
        if m:
            done = m.end()
            yield m


_TITLE = re.compile(r"(?P<name>[^:\n?]{2,70}?)\s*(?::|--+|\u2013|—)\s+\S")
_NOUNS = {
    "Method": "method framework approach algorithm technique strategy scheme library toolkit tool compiler paradigm "
    "procedure loss pipeline recipe optimizer quantizer kernel simulator toolchain methodology "
    "regularizer "
    "policy system platform solution engine objective function representation process mixing "
    "software package protocol flow principle theorem inference training optimization learning formulation measure "
    "estimator solver planner schedule scheduler format automation modeling",
    "Dataset": "dataset benchmark corpus testbed suite collection",
    "Hardware": "accelerator processor chip soc macro hardware coprocessor board device circuit",
    "Architecture": "architecture network transformer model backbone family module block encoder decoder classifier "
    "detector unit layer variant net compressor",
}
#: Head noun -> what a phrase with that head names.
_KINDS = {w: kind for w, (kind, _) in HEADS.items() if kind in ("Architecture", "Method", "Hardware")}
_KINDS |= {w: kind for kind, words in _NOUNS.items() for w in words.split()}
_KINDS |= {"attention": "Architecture", "head": "Architecture"}
_ARCHITECTURE_NAME = re.compile(
    r"(?:[Ff]ormers?|[Nn]et|NET|BERT|ViT|GPT|Mamba|GAN|LM|CNN|VAE|MLP|RNN|LSTM|LLaMA|SSM|Mixer|"
    r"LLM)(?:[-+]?[vV]?\d*|\+\+|s)?\Z"
)
_HARDWARE_WORD = re.compile(r"\b(?:accelerator|processor|hardware|chip|macro|FPGA|ASIC|SoC|in-memory|PIM)s?\b")


def head_kind(phrase: str) -> str | None:
    """Tell what a noun phrase names by its head, the last noun before a preposition or verb; None if unknown.

    >>> head_kind("new quantization framework for Transformers"), head_kind("sparse FPGA accelerator architecture")
    ('Method', 'Hardware')
    """
    words: list[str] = []
    for word in re.findall(r"[A-Za-z][A-Za-z-]*|[,.;:(]", phrase):
        if word.casefold() in PHRASE_END or (word in ",.;:(" and words):
            break
        words.append(word)
    for word in reversed(words[-2:]):
        kind = _KINDS.get(singular(word.casefold())) or _KINDS.get(singular(word.casefold().rsplit("-", 1)[-1]))
        if kind:
            if (
                kind == "Architecture"
                and word.casefold() in ("architecture", "unit")
                and _HARDWARE_WORD.search(phrase[:80])
            ):
                return "Hardware"
            return kind
    return None


_APPOSITION = re.compile(
    r"[\"'\u201d\u2019]?\s*(?:\([^)]{1,60}\))?\s*(?:,|:|-|--|—|\u2013)?\s*(?:which is |is |as |was |that is |"
    r"are )?(?:a|an|the first|our|the)\s(?P<phrase>[^.;\n]{3,120})"
)
_NEXT_WORD = re.compile(r"[\"'\u201d\u2019]?\s*(?:\([^)]{1,40}\)|\))?\s+(?P<word>[a-z]+)")
_CALLED = re.compile(
    r"(?:a|an|the|our)\s(?P<phrase>[^.,;:()]{3,100}?)[\s,(]*(?:that is |which is |we |is )?(?:called|named|dubbed|"
    r"termed|coined|namely|denoted as|i\.e\.,?)\s[\"'\u201c\u2018]?\Z"
)


#: A phrase with one of these as its head says little: networks are called methods and frameworks, too.
_VAGUE = re.compile(
    r"^(?:[A-Za-z-]+\s){0,5}?(?:method|approach|framework|technique|system|solution|paradigm|scheme|strategy)s?\b"
)


def _talk(words: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Give the pattern of some words, and how its matches begin."""
    every = words.split()
    begins = (re.split(r"[\\?]", w)[0] for w in every)
    return re.compile(rf"\b(?:{'|'.join(every)})\b"), tuple(w.removesuffix("s") for w in begins)


#: Words (in lower case) of papers that introduce a network, and of papers that introduce what is done with one.
_NETWORK_TALK = _talk(
    "architectures? modules? encoders? decoders? backbones? blocks? attention global local spatial captur\\w* fuse "
    "fuses fused fusion interactions? dual branch branches autoregressive segmentation convolution\\w* multi-scale "
    "hierarchical"
)
_METHOD_TALK = _talk(
    "accelerat\\w* hardware latency throughput energy execution workloads? prun\\w* quantiz\\w* search algorithms? "
    "techniques? software memory frameworks? inference speedup programming compilers? optimal approximat\\w* "
    "deploy\\w* fine-tun\\w* losses loss theoretical"
)


@lru_cache(maxsize=4)
def _lean(text: str) -> int:
    """Weigh how a paper talks: above 0 as those that introduce a network, below as those that do things with one."""
    low = text.lower()
    network, method = ({m[0] for m in matches(p, low, begins)} for p, begins in (_NETWORK_TALK, _METHOD_TALK))
    return len(network) - len(method)


#: What the way a paper talks weighs at most.
MOST = 2.0


def kind_of(name: str, title: str, text: str) -> str:
    """Guess what a new name names, from its ending and from the words that introduce it.

    >>> kind_of("FooFormer", "", ""), kind_of("Bar", "", "We propose Bar, a new quantization framework for us.")
    ('Architecture', 'Method')
    """
    votes: defaultdict[str, float] = defaultdict(float)

    def vote(kind: str | None, phrase: str, weight: float) -> None:
        if kind:
            votes[kind] += weight / 3 if _VAGUE.search(phrase) else weight

    if _ARCHITECTURE_NAME.search(name.split()[-1]):
        votes["Architecture"] += 3
    elif " " in name:
        vote(head_kind(name), name, 3)
    if title.startswith(name) and ":" in title:
        vote(head_kind(title.split(":", 1)[1]), "", 2)
    at = text.find(name)
    for _ in range(8):
        if at < 0:
            break
        end = at + len(name)
        follows = _NEXT_WORD.match(text, end)
        if follows:
            vote(_KINDS.get(singular(follows["word"])), follows["word"], 3)
        apposed = _APPOSITION.match(text, end)
        if apposed:
            vote(head_kind(apposed["phrase"]), apposed["phrase"], 3)
        called = _CALLED.search(text, max(0, at - 160), at)
        if called:
            vote(head_kind(called["phrase"]), called["phrase"], 3)
        at = text.find(name, end)
    ahead = max(sorted(votes), key=lambda k: votes[k], default="")
    if ahead and votes[ahead] - max(votes[k] for k in ("Architecture", "Method") if k != ahead) > MOST:
        return ahead
    lean = _lean(text)
    votes["Architecture" if lean > 0 else "Method"] += min(MOST, 0.5 + 0.4 * abs(lean))
    return max(sorted(votes), key=lambda k: votes[k])


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
    kinds: dict[str, str] = {}

    def own(name: str, start: int, like: str | None = None) -> Own:
        if name not in kinds:
            kinds[name] = kinds[like] if like in kinds else kind_of(name, title, text)
        return Own(name, start, start + len(name), kinds[name])

    m = _TITLE.match(title)
    if m:
        name = m["name"].strip().strip("\"'\u201c\u201d\u2018\u2019$")
        first = name.split()[0].casefold() if name else ""
        start = title.find(name)
        short = len(name.split()) <= 3 and first not in TITLE_STOP
        if name and short and (_name_like(name) or name in text[len(title) :]):
            yield own(name, start)
    calls, is_a = matches(_CALLS, text, _CALLS_BEGIN), matches(_IS_A, text, ("\n", ". "))
    for found in (calls, *(_proposals(text, *p) for p in _PROPOSALS), is_a):
        for m in found:
            name, start = m["name"], m.start("name")
            name = name.rstrip(".'")
            while name.startswith("$"):
                name, start = name[1:], start + 1
            if _name_like(name):
                yield own(name, start)
    for d in defined:
        before = text[max(0, d.long_start - 90) : d.long_start]
        m = re.search(
            rf"\b(?:[Ww]e|paper|work|[Aa]nd|also|this|is|article)\b[^.]*?\b{_PROPOSE}\b(?P<gap>[^.]*)\Z", before
        )
        if m and not re.search(
            r"\b(?:based|using|for|with|by|via|in|on|that|which|from|through|into|where|called)\b", m["gap"]
        ):
            yield own(d.short, d.short_start, d.long)
            yield own(d.long, d.long_start, d.short)


_WE = re.compile(
    r"(?:\b[Ww]e|paper|work|article|study|\band|to)\s(?:\w+ly |also |then |further |here |therefore |thus |first )*\Z"
)
_INTRODUCED = re.compile(
    rf"{_PROPOSE}\s"
    r"(?:(?:a|an|the|two|three|our|several|and|simple|yet|effective|efficient|novel|new|lightweight|first|general|"
    r"robust|unified|fast|light-weight|"
    r"end-to-end|powerful|flexible|generic|scalable|simple-yet-effective|so-called|improved|elegant|practical|"
    r"principled|,)[\s,]*)*"
)


def introduced_at(text: str) -> frozenset[int]:
    """Give the offsets at which phrases stand directly behind "we propose a novel"."""
    return frozenset(m.end() for m in _proposals(text, _WE, _INTRODUCED))


_WE_OR_NUMBERED = re.compile(
    r"(?:\b[Ww]e|paper|work|article|study|\band|\bto|\(i+\)|\d\))\s(?:\w+ly |also |then |further |here |"
    r"therefore |thus |first )*\Z"
)
_INTRODUCES = re.compile(
    rf"{_PROPOSE}\s+"
    r"(?:a|an|the|two|three|our)\s(?:(?:simple|yet|effective|efficient|novel|new|lightweight|first|general|robust|"
    r"unified|fast|light-weight|"
    r"end-to-end|powerful|flexible|generic|scalable|simple-yet-effective|so-called|improved|elegant|practical|"
    r"principled|complete|large-scale|"
    r"highly|very|more|well|comprehensive|innovative|and),?\s)*(?P<phrase>[A-Za-z][\w$^{}-]*(?:\s[A-Za-z][\w-]*){1,5}?)"
    r"(?=\s*(?:[,.;:()]|(?:for|that|which|to|by|with|based|using|on|of|is|via|in|where|from|and|while|can|through|"
    r"under|without|as|at|called|named|"
    r"dubbed|termed|consisting|capable|designed|tailored|specifically|namely|into|inspired|built|we|it|between|"
    r"leveraging|combining|exploiting|"
    r"over|towards|toward|whose|so|during|across|aiming|enabling|coined|built)\b))"
)


def introduced_phrases(text: str) -> Iterator[Candidate]:
    """Yield what stands behind "we propose a novel": noun phrases of the paper's own that have no name.

    >>> text = "We propose a novel dynamic matching loss for this."
    >>> [(text[c.start : c.end], c.type) for c in introduced_phrases(text)]
    [('dynamic matching loss', 'Method')]
    """
    for m in _proposals(text, _WE_OR_NUMBERED, _INTRODUCES):
        start, words = m.start("phrase"), m["phrase"].split(" ")
        if singular(words[-1].casefold()) in NOT_PHRASE or words[0].casefold() in STOP:
            continue
        kind = head_kind(m["phrase"]) or "Method"
        if len(words) > 2 and words[-1].casefold() in ("method", "approach", "technique", "solution"):
            words.pop()
        if len(words) < 2 or (len(words) == 2 and singular(words[-1].casefold()) in EMPTY_HEADS):
            continue
        yield Candidate(start, start + len(" ".join(words)), kind, "introduced", 2)


def own_candidates(owns: Sequence[Own]) -> Iterator[Candidate]:
    """Give own names as candidates that beat all others."""
    for own in owns:
        yield Candidate(own.start, own.end, own.type, "own", 0)
