"""Plain words to a named question and its parameters: a small grammar of names, and similarity of phrasings.

The things a graph knows are found in the text by their names; what is left is compared with the phrasings that
the questions list for themselves, by the words and groups of letters they share, rare ones counting more. A
phrasing fits only if its parameters are there and of the right type. No language model is involved, so the
answer is the same every time, and what was understood is said.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import permutations
from typing import TYPE_CHECKING

from kg.errors import QueryError, UnknownName
from kg.query.questions import Parameter, Question, questions, type_named
from kg.types import key

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Below this nothing was understood.
SURE = 0.42

#: Longest name in words.
LONGEST = 12


@dataclass(frozen=True, slots=True)
class Named:
    """A name found in a question: which words it covers, and the nodes or value that it may mean."""

    start: int
    end: int
    text: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a question in plain words was understood as: a named question, its parameters, and how sure."""

    question: str
    values: Mapping[str, str]
    score: float
    phrase: str
    others: tuple[Meaning, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        title = questions()[self.question].title
        given = "".join(f" --{n} {_quoted(v)}" for n, v in self.values.items())
        return f"{self.question}{given}  ({title})"


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def understand(graph: KnowledgeGraph, text: str) -> Meaning:
    """Give the named question that a text asks and its parameters.

    Raises UnknownName when the text asks about a thing that the graph does not have, and QueryError, with
    the nearest questions, when no question is near enough.
    """
    found = candidates(graph, text)
    if found and found[0].score >= SURE:
        return found[0]
    missing = _missing(graph, text)
    if missing is not None:
        raise missing
    near = " | ".join(dict.fromkeys(f"{m.question}: {questions()[m.question].title}" for m in found[:3]))
    raise QueryError(
        f"it is not clear what {text.strip()!r} asks",
        hint=f"nearest: {near}" if near else "see `kg ask` for all questions, or use `kg search`",
    )


def candidates(graph: KnowledgeGraph, text: str, *, most: int = 5) -> list[Meaning]:
    """Rank the questions that a text may ask, the likeliest first, each once."""
    words = _words(text)
    names = list(_names(graph, words))
    best: dict[str, Meaning] = {}
    for question, phrase, slots in _phrasings():
        for chosen in _assignments(question, slots, names):
            masked, values = _mask(words, names, chosen)
            score = _score(masked, phrase) - 0.25 * _unused(names, chosen, phrase)
            # Of two that fit, the one that is meant for these types, then the one that says more itself.
            score += 0.08 * all(len(question.parameter(slot).accepts) < 2 for slot in slots) * bool(slots)
            score += 0.002 * len(phrase.split())
            known = best.get(question.name)
            if known is None or score > known.score:
                best[question.name] = Meaning(question.name, values, round(score, 4), phrase)
    return sorted(best.values(), key=lambda m: (-m.score, m.question))[:most]


# Names in a text


_EDGE = "\"'\u201c\u201d\u2018\u2019()?!.,;:"


def _words(text: str) -> list[str]:
    """Cut a text at blanks; quotes and stops at the edges of a word stay with it, for titles that have them.

    >>> _words("what's new in 'Old Networks, New Recipes'?")
    ["what's", 'new', 'in', "'Old", 'Networks,', 'New', "Recipes'?"]
    """
    return [w for w in re.sub(r"([\u2019'])s\b", "'s", text).split() if w.strip(_EDGE)]


#: Words that are names of some things but mean themselves in a question.
_PLAIN = frozenset(
    """
    a all and any are as at by do does for from hardware how in is it model models method methods paper papers of on
    or over per than that the these to used use uses using was were what when where which who why with year years
    task tasks dataset datasets benchmark benchmarks metric metrics device devices chip chips best better result
    results numbers number network networks architecture architectures algorithm algorithms technique techniques most
    top work works run runs running learning performance question questions application applications author authors
    faster fast made system systems design training inference approach approaches attention
    """.split()  # noqa: SIM905 - a column of strings reads worse
)


def _names(graph: KnowledgeGraph, words: Sequence[str]) -> Iterator[Named]:
    """Find the things of the graph, years and types that a text names, the longest names first, without overlaps."""
    taken = [False] * len(words)
    for length in range(min(LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            if any(taken[start : start + length]):
                continue
            span = " ".join(words[start : start + length]).strip(_EDGE)
            types = _types_of(graph, span, single=length == 1)
            if types:
                taken[start : start + length] = [True] * length
                yield Named(start, start + length, span, types)


def _types_of(graph: KnowledgeGraph, span: str, *, single: bool) -> tuple[str, ...]:
    if single and re.fullmatch(r"(19|20)\d\d", span):
        return ("Integer",)
    found: list[str] = []
    if span.casefold() not in _PLAIN and not re.fullmatch(r"(deep )?neural networks?", span.casefold()):
        for form in _forms(span):
            rows = graph.store.rows("SELECT DISTINCT node FROM form WHERE key = ?", (key(form),))
            kinds = {node.partition("/")[0].capitalize() for (node,) in rows}
            if kinds:
                found = sorted(kinds)
                break
    if single and not found and re.fullmatch(r"\d+(\.\d+)?", span):
        return ("Number",)
    if single:
        try:
            type_named(span)
            found.append("Type")
        except UnknownName:
            pass
    return tuple(found)


def _forms(span: str) -> Iterator[str]:
    """Give a name as written, then its singular, then without hyphens or with them."""
    yield span
    if re.search(r"\w\w\ws$", span):
        yield span[:-1]
    if span.endswith("ies"):
        yield span[:-3] + "y"
    if "-" in span:
        yield span.replace("-", " ")
    elif " " in span:
        yield span.replace(" ", "-")


def _fits(named: Named, parameter: Parameter) -> bool:
    return any(t in (parameter.accepts or (parameter.type,)) for t in named.types)


# Phrasings


@cache
def _phrasings() -> tuple[tuple[Question, str, tuple[str, ...]], ...]:
    """List every phrasing of every question with its parameters in order."""
    return tuple(
        (q, phrase, tuple(re.findall(r"\{(\w+)\}", phrase))) for q in questions().values() for phrase in q.phrases
    )


def _assignments(question: Question, slots: Sequence[str], names: Sequence[Named]) -> Iterator[dict[Named, str]]:
    """Give every way in which names of a text can stand in the slots of a phrasing."""
    if not slots:
        yield {}
        return
    for chosen in permutations(names, len(slots)):
        if all(_fits(n, question.parameter(s)) for n, s in zip(chosen, slots, strict=True)):
            yield dict(zip(chosen, slots, strict=True))


def _mask(words: Sequence[str], names: Sequence[Named], chosen: Mapping[Named, str]) -> tuple[str, dict[str, str]]:
    """Write the slots in place of the names."""
    at = {n.start: n for n in chosen}
    out, place = [], 0
    while place < len(words):
        named = at.get(place)
        if named:
            out.append(f"{{{chosen[named]}}}")
            place = named.end
        else:
            out.append(words[place])
            place += 1
    values = {slot: n.text for n, slot in chosen.items()}
    return " ".join(out), values


def _unused(names: Sequence[Named], chosen: Mapping[Named, str], phrase: str) -> int:
    """Count the things named in a text that a phrasing neither takes nor says itself."""
    said = {_plain(w) for w in re.findall(r"[\w-]+", phrase)}
    left = [n for n in names if n not in chosen and n.types != ("Type",)]
    return sum(1 for n in left if not {_plain(w) for w in re.findall(r"[\w-]+", n.text)} <= said)


# Similarity

#: Words that say the same in a question; the first stands for all.
_SAME = (
    "run execute deploy implement accelerate map port realize realise support host operate put ran implementation "
    "deployment",
    "fast quick speed speedup acceleration faster quicker speed-up",
    "large big biggest largest greatest maximal maximum",
    "best sota state-of-the-art highest leading record leaderboard top strongest",
    "paper publication article study work research literature",
    "method technique approach algorithm procedure",
    "model architecture network",
    "author researcher scientist people expert group who",
    "compare comparison versus vs against contrast compares compared comparing",
    "energy power watt joule joules energy-efficient efficiency consumption",
    "disagree contradict contested conflict controversial contradiction conflicting contradictory inconsistent dispute",
    "introduce propose present invent contribute contribution invented proposed new novel create",
    "use employ apply utilize utilise adopt exploit leverage",
    "variant kind type version extension member flavour flavor subtype",
    "descend derive ancestor lineage based origin predecessor parent ancestry evolve",
    "dataset benchmark data corpus corpora",
    "metric measure measurement",
    "uncertain unverified unsure doubtful weak low-confidence shaky",
    "hardware device chip platform accelerator board machine",
    "related similar like resemble alike",
    "component part block piece ingredient consist made built",
    "outperform beat surpass better exceed superior win",
    "report give state list show tell find",
    "trend over-time grow growth popularity rise interest",
    "year annual yearly annually",
    "task problem",
    "evaluate test assess benchmarked",
    "together co-occur co-occurring combine combination alongside jointly",
    "appear publish published",
)

#: Words that hardly matter.
_FAINT = frozenset(
    """
    a an the of is are was were be been do does did have has had in to for and or that this these it its there i me my
    you we can could would should please any all some by at as from give show list tell find get want know
    """.split()  # noqa: SIM905
)


@cache
def _canonical() -> Mapping[str, str]:
    return {_stem(word): group.split()[0] for group in _SAME for word in group.split()}


@cache
def _stem(word: str) -> str:
    """Cut the usual endings of English words."""
    word = word.casefold()
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + rest
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiosl":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def _plain(word: str) -> str:
    """Give the word that stands for a word and all that say the same."""
    return _canonical().get(_stem(word), _stem(word))


def _parts(word: str) -> list[str]:
    """Part a hyphenated word that is not known as a whole."""
    return [_plain(word)] if _stem(word) in _canonical() else [_plain(w) for w in word.split("-") if w]


def _features(text: str) -> Counter[str]:
    """Count the words of a text, what they stand for, their pairs, and their groups of letters."""
    words = re.findall(r"\{\w+\}|[\w-]+", text.casefold())
    plain = [p for w in words for p in ([w] if w.startswith("{") else _parts(w))]
    counts: Counter[str] = Counter()
    for w in plain:
        counts[f"w:{w}"] += 1
        if not w.startswith("{") and len(w) > 3 and w not in _FAINT:
            padded = f"^{w}$"
            for i in range(len(padded) - 2):
                counts[f"c:{padded[i : i + 3]}"] += 1
    strong = [w for w in plain if w not in _FAINT]
    for a, b in zip(["^", *strong], [*strong, "$"], strict=True):
        counts[f"b:{a} {b}"] += 1
    return counts


@cache
def _rarity() -> Mapping[str, float]:
    """Weigh features by how few questions use them."""
    seen: Counter[str] = Counter()
    for q in questions().values():
        seen.update({f for phrase in q.phrases for f in _features(phrase)})
    total = len(questions())
    return {f: math.log((1 + total) / (0.5 + n)) for f, n in seen.items()}


_KIND_WEIGHT = {"w": 1.0, "b": 0.5, "c": 0.12}


def _weight(feature: str) -> float:
    kind, _, rest = feature.partition(":")
    rare = _rarity().get(feature)
    if rare is None:  # never seen in a phrasing: says little, but something
        rare = 1.2
    faint = 0.25 if kind == "w" and rest in _FAINT else 1.0
    slot = 0.6 if rest.startswith("{") and kind == "w" else 1.0
    return _KIND_WEIGHT[kind] * rare * faint * slot


@lru_cache(maxsize=1024)
def _vector(text: str) -> Mapping[str, float]:
    return {f: math.sqrt(n) * _weight(f) for f, n in _features(text).items()}


@cache
def _phrase_vector(phrase: str) -> tuple[Mapping[str, float], float]:
    vector = _vector(phrase)
    return vector, _length(vector.values())


def _length(values: Iterable[float]) -> float:
    return math.sqrt(sum(v * v for v in values)) or 1.0


def _score(masked: str, phrase: str) -> float:
    """Compare a text with a phrasing: cosine of their weighted features."""
    vector = _vector(masked)
    other, length = _phrase_vector(phrase)
    shared = sum(v * other[f] for f, v in vector.items() if f in other)
    return shared / (_length(vector.values()) * length)


def _missing(graph: KnowledgeGraph, text: str) -> UnknownName | None:
    """Find the words that stand where a phrasing has a thing, when the graph knows no such thing."""
    words = _words(text)
    for start in range(len(words)):
        if words[start].strip(_EDGE).casefold() in _PLAIN or _canonical().get(_stem(words[start].strip(_EDGE))):
            continue
        for end in range(len(words), start, -1):
            span = " ".join(words[start:end]).strip(_EDGE)
            if words[end - 1].strip(_EDGE).casefold() in _PLAIN or _types_of(graph, span, single=end - start == 1):
                continue
            for question, phrase, slots in _phrasings():
                if len(slots) != 1 or question.parameter(slots[0]).type in ("Number", "Integer", "Type"):
                    continue
                masked = " ".join([*words[:start], f"{{{slots[0]}}}", *words[end:]])
                if _score(masked, phrase) > 0.75:
                    try:
                        graph.find(span)
                    except UnknownName as unknown:
                        return unknown
    return None
