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
_GENERIC = (
    "model network method approach performance experiment data token layer parameter weight activation image text language learning "
    "deep learning training testing task dataset benchmark algorithm system framework result feature input output vision video speech "
    "audio graph node edge state space time sequence representation information knowledge structure design function level scale size "
    "set label class domain object human people word sentence document question answer attack target source code program search base "
    "large small global local fast slow high low deep wide dense sparse linear flow path point mask key value query head step stage "
    "map line balanced visual natural normal standard general simple random test train unit field processing neural learning-based ai "
    "ml deep-learning machine-learning science engineering research time-series highway inception fire focus seed spring summer web "
    "news real bridge echo spider rain mix sound place scene action context can will may might must all one two three most next "
    "complex trade neural|network embedding backbone expert decoder encoder detector tracker classifier nn dl github shape 3d occlusion "
    "part|of cloud camera cache cluster sensor server robot processor disk gpu|memory machine|learning deep|learning deep|model "
    "large|model deep|network pre-trained|model pretrained|model baseline|model based|model neural|architecture neural|model "
    "generative|ai deep|neural|model deep|learning|model neural|network|architecture time|series knowledge|base knowledge|graph "
    "normalization diffusion real-world translation|task event|stream medical|domain social|media 3d|shape external|memory "
    "non-volatile|memory processing|unit accelerator arabic portuguese english chinese deepfake ecg proteins protein wireframe "
    "nvidia xilinx intel amd google pe former hybrid|model hybrid|architecture large-scale|model multi-task state-of-the-art "
    "embedding|vector transformer-based|model transformer-based|architecture transformer-based|network transformer-based|llm "
    "vision|model attention|model detection|model segmentation|model object|detection|model nonlinearity pre-trained pipeline prompt "
    "pretrained decoding annotation artificial|intelligence simulation loss|function exploration ablation|study initialization "
    "inductive|bias voxel boosting attention|weight unsupervised prune pruned benchmarking quantized quantize quantizing anchor "
    "distilling objective|function training|objective low-precision low-bit dataflow compiler optimizer feature|fusion synthetic|data "
    "profiling positional|information optimization|algorithm inference deployment vision|task programming compress alignment translation "
    "safety model|training real-time|inference text|embedding denoising scheduling manipulation tracking rendering hardware|design "
    "real-time|processing computation efficient compute cost complexity correlation loss acceleration frequency precision "
    "generalization error receptive|field sequence|length flexibility storage sparsity utilization similarity "
    "model|parameter model|performance context|length quadratic|complexity performance|degradation diversity "
    "reliability stability expressiveness bandwidth overfitting correctness uncertainty return privacy cycle computationally|efficient "
    "memory|capacity training|loss memory|requirement parameter|size semantic|similarity context|window gflop/ "
    "learning|algorithm training|data dot-product dot|product preprocessing pre-processing gradient operator kernel policy agent"
)
GENERIC = frozenset(word.replace("|", " ") for word in _GENERIC.split())
#: Metrics that are meant as one only next to a number: "17.7 mW power", "4.2x less memory".
WEAK = frozenset(("power", "efficiency", "area", "speed", "energy", "memory", "model size", "tops", "tops/w", "energy-efficient"))
#: Words that an alias may end or begin with and a mention need not.
_CLASS_WORDS = frozenset(
    "model models architecture architectures mechanism mechanisms network networks module modules layer layers block blocks "
    "method methods operation operations computation algorithm algorithms technique techniques framework based dataset datasets "
    "benchmark structure structures structured design task tasks backbone backbones".split()
)
_PLAIN_WORDS = frozenset("standard vanilla dense traditional conventional classical typical plain regular modern deep neural large".split())
#: What follows a name when it names a dataset.
_DATASET_NEXT = re.compile(r"[\s-]*(?:data\s?sets?|benchmarks?|corpus|corpora|test\b|challenge|leaderboard|validation|val\b)", re.I)
_ON_BEFORE = re.compile(r"\b(?:on|dataset|datasets|benchmark|benchmarks|and|,|\()\s*(?:the\s)?\Z", re.I)
_TITLE_WORD = re.compile(r"[A-Z][a-z]+\Z")


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


#: Tokens: words, numbers, and every other sign on its own.
TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019](?![sS]\b)[^\W\d_]+)?\d*[^\W_]*|\d+(?:\.\d+)*[^\W_]*|\S")
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
        low = [f[0] for f in folded]
        one = [f[1] for f in folded]
        begun, forms = self._begun, self._forms
        found: list[Candidate] = []
        i, n = 0, len(low)
        while i < n:
            word = low[i]
            if word not in begun and word not in forms and one[i] not in forms:
                i += 1
                continue
            best, after, joined, j = None, i + 1, "", i
            while j < n:
                word = low[j]
                if word in _HYPHENS:
                    j += 1
                    continue
                hits = forms.get(joined + one[j]) or forms.get(joined + word)
                if hits:
                    start, end = tokens[i][0], tokens[j][0] + len(tokens[j][1])
                    chosen = self._choose(text, start, end, hits)
                    if chosen:
                        best, after = self._minimal(text, i, j, tokens, chosen), j + 1
                joined += word
                if joined not in begun or (j + 1 < n and "\n" in text[tokens[j][0] : tokens[j + 1][0]]):
                    break
                j += 1
            if best:
                found.append(best)
            i = after
        return found

    def _minimal(self, text: str, i: int, j: int, tokens: Sequence[tuple[int, str]], entry: Entry) -> Candidate:
        """Leave general words off both ends of a name as long as what is left names the same thing."""
        while j > i and tokens[j][1].casefold() in _CLASS_WORDS and self._names(tokens[i:j], entry):
            j -= 1
        while j > i and tokens[i][1].casefold() in _PLAIN_WORDS and self._names(tokens[i + 1 : j + 1], entry):
            i += 1
        while i < j and tokens[j][1] in _HYPHENS:
            j -= 1
        return Candidate(tokens[i][0], tokens[j][0] + len(tokens[j][1]), entry.type, "lexicon", 3)

    def _names(self, tokens: Sequence[tuple[int, str]], entry: Entry) -> bool:
        """Tell whether tokens are a form of an entry."""
        pieces = [t.casefold() for _, t in tokens if t not in _HYPHENS]
        key = "".join(pieces[:-1]) + singular(tokens[-1][1]).casefold() if pieces else ""
        return any(f.entry is entry for f in self._forms.get(key, ()))

    def _choose(self, text: str, start: int, end: int, forms: Sequence[_Form]) -> Entry | None:
        """Pick the entry that a stretch of text means, or none when a guard refuses it."""
        written = text[start:end]
        if singular(written).casefold() in GENERIC or written.casefold() in GENERIC:
            return None
        fits = [f.entry for f in forms if not f.exact or _same_case(written, f.written)]
        if not fits:
            return None
        dataset = [e for e in fits if e.type == "Dataset"]
        other = [e for e in fits if e.type != "Dataset"]
        if dataset and (not other or _DATASET_NEXT.match(text, end)):
            return dataset[0]
        return other[0] if other else None
