r"""Find every quantity of a text: "a 1.4-1.95x speedup", "from 70.1\% to 72.3\%", "two orders of magnitude".

A grammar of two levels, both tables: a number (digits, words, fractions, LaTeX remains) and what stands
behind it (a unit, a comparative that implies "x", the next number of a list or range that shares its unit).
It finds candidates, generously; whether a candidate is a claimed result, and of what, is decided by who asks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple


class Quantity(NamedTuple):
    """One number with its unit: `text[start:end]` is the number and unit as written.

    `unit` is normalised ("%", "x", "points", "ms", "TOPS/W", ""); `value_high` ends a range. `kind` is what the
    words around suggest, "absolute" or "gain". `text[quote_start:quote_end]` is the clause that holds it.
    `change` is "from" or "to" in "from 61.0 to 75.1", else "".
    """

    start: int
    end: int
    value: float
    value_high: float | None
    unit: str
    kind: str
    quote_start: int
    quote_end: int
    change: str = ""


#: The longest quote, in characters (the annotation guide's limit).
QUOTE = 160

_WORDS: dict[str, float] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "sixteen": 16, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ANY_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))

# ------------------------------------------------------------------ numbers

#: LaTeX that may stand around digits: "$\textbf{3.6}\times$", "80\,MHz", "28~nm", "85.01 $ \pm $ 0.76%".
_OPEN = r"(?:\\(?:textbf|mathbf|mathrm|textit|text|bm|bf)\s*\{\s*)"
_DIGITS = r"(?:\d{1,3}(?:(?:,|\{,\}|\\,)\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_POWER = r"10\s*\$?\s*\^\s*\{{?\s*(?P<{}>[+-]?\d+)\s*\}}?"
_NUMBER = re.compile(
    rf"(?=[-+\\.\d])(?P<pre>[+-])?{_OPEN}?(?:"
    rf"{_POWER.format('power')}"
    r"|(?P<top>1)/(?P<bottom>\d+)(?:th|rd|nd|st)?(?![\w/.%])"
    rf"|(?P<digits>{_DIGITS})(?:[eE](?P<e>[+-]?\d+)(?!\w)"
    rf"|\s*\$?\s*(?:\\?times|[x\u00d7*·]|\\cdot)?\s*\$?\s*{_POWER.format('ten')})?)"
    r"(?:\s*(?:\$\s*)?(?:\\pm|±|\+-|\+/-|\bpm\b)(?:\s*\$)?\s*[\d.]+(?=\D))?",
    re.I,
)
_WORD_NUMBER = re.compile(
    rf"(?<![\w-])(?P<word>{_ANY_WORD})(?=[ -](?:times|fold|orders?|percent|points?)\b|fold\b)", re.I
)
#: One of these follows every number in words that counts.
_WORD_PARTS = ("times", "fold", "order", "percent", "point")
#: What may stand directly before a number; else its digits belong to a name ("ResNet-50", "W2A8", "top-1").
_BEFORE = re.compile(
    r"(?:\A|[\s($\[~\"'\u201c\u2018/=:<>≈±+\u2013—|{]|\\?\bsim|\\approx|\d[%x\u00d7kKM]?\s*-|--|[}$%\u00d7)]\s*-|"
    r"\b(?:sub|near|an?|by|of|to)-|[<>~=,;]|\btimes-)\Z", re.I
)  # fmt: skip

# ------------------------------------------------------------------ units

#: Normalised unit -> how it is written. An underscore stands for a blank or hyphen.
_SPELLINGS: dict[str, str] = {
    "%": r"% \% percent per_cent percentage",
    "points": r"percentage_points percentage_point percent_points percent_point points point pts pp ppts %_points "
    r"absolute_points absolute_point BLEU_points F1_points AP_points mAP_points mIoU_points",
    "x": "x X \u00d7 \\times times fold folds",
    "Kx": "Kx KX",
    "orders of magnitude": "orders_of_magnitude order_of_magnitude",
    "FPS": "FPS fps frames_per_second frame_per_second frames/s frames/sec frames/second",
    "mm2": r"mm2 mm^2 mm$^2$ mm$^{2}$ mm² mm$^2 square_millimeters",
    "dB": "dB", "bpb": "bpb bits_per_byte", "bpc": "bpc bits_per_character", "bits/dim": "bits/dim",
    "h": "h hr hrs hour hours", "min": "min mins minute minutes", "days": "day days", "weeks": "week weeks",
    "s": "s sec secs second seconds", "ms": "ms msec msecs millisecond milliseconds",
    "us": r"us μs µs mus \mus $\mu$s \mu_s microsecond microseconds", "ns": "ns nsec nanosecond nanoseconds",
    "ps": "ps picosecond picoseconds",
    "bytes": "bytes byte", "layers": "layers", "iterations": "iterations", "frames": "frames",
    "K tokens": "K_tokens k_tokens",
    "time-steps": "time_steps timesteps", "KB": "KB kB k_Bytes kilobytes KiB", "MB": "MB megabytes MiB",
    "GB": "GB gigabytes GiB",
    "TB": "TB",
    "bit": "bit bits", "Kb": "Kb Kbit kbit", "Mb": "Mb Mbit", "Gb": "Gb Gbit",
    "kbps": "kbps Kbps", "Mbps": "Mbps", "Gbps": "Gbps",
    "g": "g grams", "kg": "kg", "km": "km", "m": "meters", "cm": "cm", "mm": "mm",
    "um": r"um μm µm mum $\mu$m", "nm": "nm",
    "V": "V", "mV": "mV", "mA": "mA", "C": "°C", "degrees": "° degrees degree",
    "M": "million M m", "G": "G", "K": "thousand k K", "B ": "billion B", "T": "trillion T",
}  # fmt: skip
#: Units that take a prefix, and their spellings.
_BASES = {
    "W": "W watt watts", "J": "J joule joules", "Hz": "Hz hz", "OPS": "OPS Ops", "Op/s": "Op/s op/s",
    "OP/s": "OP/s OPs/s",
    "FLOPS": "FLOPS Flops FLOP/s FLOPs/s", "FLOPs": "FLOPs FLOP flops", "MACs": "MACs MAC",
}  # fmt: skip
_PREFIXES = {"p": "p", "n": "n", "u": "u μ µ mu", "m": "m", "k": "k", "K": "K", "M": "M", "G": "G", "T": "T", "P": "P"}


def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for unit, written in _SPELLINGS.items():
        for form in written.split():
            table[form] = unit.strip()
    for unit, written in _BASES.items():
        for form in written.split():
            # A bare "MAC" or "FLOP" after a number is a thing counted, not a unit.
            if unit not in ("MACs",):
                table.setdefault(form, unit)
            table.setdefault(form[0].upper() + form[1:], unit)
            for prefix, marks in _PREFIXES.items():
                if (prefix in "pnu" or prefix == "m") and unit not in ("W", "J"):
                    continue
                for mark in marks.split():
                    table.setdefault(mark + form, prefix + unit)
    for form, prefix in (("milli", "m"), ("micro", "u"), ("kilo", "k"), ("mega", "M"), ("giga", "G")):
        for base, unit in (("watt", "W"), ("joule", "J"), ("hertz", "Hz")):
            table[form + base] = table[form + base + "s"] = prefix + unit
    return table


def _pattern(form: str) -> str:
    return re.escape(form).replace("_", r"[\s-]+")


_UNIT_OF = _spellings()
_ATOM = "|".join(_pattern(form) for form in sorted(_UNIT_OF, key=lambda f: (-len(f), f)))
#: "tokens/second/W", "images per second", "DP-GFLOP/s/mm2": anything counted, by time, power or area.
_PER = r"(?:s|sec|second|seconds|ms|cycle|watt|W|J|mJ|joule|mm2|mm\^2|mm\$\^2\$|mm\$\^\{2\}\$|mm²|h|hour|day)"
_RATE = (
    rf"(?P<count>[A-Za-z][A-Za-z-]*)(?:\s?/\s?(?P<per>{_PER})(?:\s?/\s?(?P<per2>{_PER}))?"
    r"|\s+per\s+(?P<slow>second|joule|watt)(?:\s+per\s+(?P<slow2>watt))?)(?!\w)"
)
#: Closing LaTeX and blanks between a number and its unit.
_GAP = r"(?:[\s}~]|\\[,;:! ]|\$(?=\s*\\?(?:times|%|[x\u00d7X]\b|[a-zA-Z]+\b|\\mu)))*"
_UNIT = re.compile(
    rf"{_GAP}-?\s?(?:\\(?:text|mathrm|rm)\{{?\s*)?(?:{_RATE}|(?P<atom>{_ATOM})(?P<end>(?<=[%\u00d7°])|(?![A-Za-z0-9^_]|/\D|-[a-z]{{4,}})|(?<=times)(?=[a-z])))"
    r"(?:\}?\s?\$)?"
)
_PER_NAMES = {
    "sec": "s", "second": "s", "seconds": "s", "watt": "W", "joule": "J", "hour": "h",
    "mm^2": "mm2", "mm$^2$": "mm2", "mm$^{2}$": "mm2", "mm²": "mm2",
}  # fmt: skip
#: Units of one letter that are only units when glued to the digits, or after a blank in front of certain words.
_GLUED = frozenset("MmGgKkBTVsh")
_MEASURES = (
    r"BLEU|F1|mAP|AP\d*|NDS|mIo[Uu]|mIOU|IoU|FID|PQ|EM|ROUGE(?:-[L\d])?|R1|CIDEr|ppl|AUC|AUROC|WER|CER|PSNR|SSIM|"
    r"box AP|mask AP|mAcc|DSC|HOTA|MOTA|IDF1|CLIP|accuracy|perplexity|score"
)
_MEASURE = re.compile(rf"\s*(?:absolute )?(?:{_MEASURES})\b")
#: Words that make a bare number a factor: "4.3 smaller", "13 actual speedup", "2.16 and 18 more savings".
_FACTOR = re.compile(
    r"\s*(?:[a-z-]+ ){0,2}?(?:smaller|faster|fewer|less|lower|higher|larger|more|better|speed-?ups?|acceleration|"
    r"greater|shorter|longer"
    r"|improvements?|reductions?|savings?|gains?|compression)\b"
)

# ------------------------------------------------------------------ words around

#: A change named before the number, and what names a level instead; the nearest one decides.
_CUE = re.compile(
    r"(?P<gain>improv\w*|reduc\w*|outperform\w*|surpass\w*|exceed\w*|increas\w*|decreas\w*|boost\w*|gains?\b|"
    r"sav(?:e|es|ed|ing|ings)\b|\bcuts?\b"
    r"|lower\w*|drop\w*|speed-?up\w*|accelerat\w*|degrad\w*|\bbeats?\b|enhanc\w*|shrink\w*|better than|rais\w*|"
    r"margin|remov\w*|prun\w*|differ\w*"
    r"|overheads?|\bby\b|extra|additional|(?:accuracy|performance) loss|loss in|\bextra\b)"
    r"|(?P<level>achiev\w*|obtain\w*|reach\w*|attain\w*|(?<!up )\bto\b|accurac(?:y|ies) of|scores? of|rates? of|"
    r"\bis\b|\bwas\b|\bare\b|retain\w*|\bonly\b|preserv\w*"
    r"|speed of|recall of|precision of|error of|mAP of|AUC of|mIoU of|using|deliver\w*|report\w*|consum\w*|"
    r"with an?\b|with only\b|F1[- ]scores? of|at\b|maintain\w*)",
    re.I,
)
#: Between a change and its number: "reduction of", "by up to about", "improvements ranging from".
_GAIN_LINK = re.compile(
    r"(?:[\s~$+]|\\sim|\b(?:of|by|is|was|ranging|from|up|to|about|around|over|at|least|approximately|nearly|an?|"
    r"the|average|only|merely"
    r"|more|than|remains|minimal|maximum|roughly|as|much|within)\b)*\Z"
)
_GAIN_AFTER = re.compile(
    r"\s*-?\s*(?:\([^)]*\)\s*)?(?:(?!and\b|on\b|in\b|of\b|for\b|with\b|while\b|compared\b|over\b|"
    r"than\b)[\w./-]+\s+){0,4}?(?:improve\w*|reduc\w*|gains?|faster|fewer|less|lower|higher|larger"
    r"|smaller|more|better|speed-?\s?ups?|increase\w*|decrease\w*|drops?|degradation|loss(?:es)?(?! of)|savings?|"
    r"overheads?|boost|advantage|worse|extra|additional"
    r"|acceleration|compression|shorter|longer|greater|penalty|margin|enhancements?)\b"
)
#: Units that measure a level, not a change, unless the words directly around say otherwise.
_CHANGES = frozenset(("%", "dB"))
_LISTED = re.compile(r"[^.;]{0,70}?(?:,|/|\band\b|\bor\b)[^.;:]{0,25}\Z")
_CLAUSE_END = re.compile(
    r"[;.](?=\s|\Z)|,(?=\s(?:and|while|whereas|with|which|but|respectively|achiev\w+|outperform\w+|improv\w+|"
    r"reduc\w+)\b)|\n|[:]\s"
)

# ------------------------------------------------------------------ whole phrases

#: Phrases that say a number without one: pattern -> (value, unit).
_PHRASES: tuple[tuple[str, float, str], ...] = (
    (r"(?:an|one) order of magnitude", 10, "x"),
    (r"(?:by|in) half(?! of)|halv(?:es|ed|ing)", 50, "%"),
    (r"half(?= (?:the|of|as|a)\b)", 2, "x"),
    (r"twice|twofold|two-fold|doubl(?:es|ed|ing)(?! (?:down|the number of (?:heads|layers)))|factor of two", 2, "x"),
    (r"thrice|threefold|three-fold|tripl(?:es|ed|ing)|factor of three", 3, "x"),
    (r"factor of four|fourfold|four-fold", 4, "x"),
    (r"two[- ]thirds", 66.7, "%"),
    (r"(?:a|one)[- ]third", 33.3, "%"),
    (r"one[- ]quarter", 0.25, "x"),
    (r"a quarter", 4, "x"),
    (r"three[- ]quarters", 75, "%"),
    (r"(?:a|one)[- ]tenth", 10, "x"),
)
_PHRASE = re.compile("|".join(rf"(?P<p{i}>\b(?:{p})\b)" for i, (p, *_) in enumerate(_PHRASES)), re.I)
#: Every phrase holds one of these; looking for them first is much faster than the phrases themselves.
_PHRASE_PART = re.compile(
    r"[Hh]al[fv]|[Tt]wice|wo-?fold|[Dd]oubl|[Tt]hrice|hree-?fold|[Tt]ripl|our-?fold|third|quarter|tenth|magnitude|"
    r"actor of"
)
#: And every part one of these, which are looked for faster still.
_PHRASE_CORES = (
    "alf", "alv", "wice", "wofold", "wo-fold", "oubl", "hrice", "hreefold", "hree-fold", "ripl", "ourfold", "our-fold",
    "third", "quarter", "tenth", "magnitude", "actor of",
)  # fmt: skip

_RANGE = re.compile(
    r"[\s$}{]*(?:--?-?|\u2013|—|~|\\sim|\bto\b|\bup to\b)[\s${]*(?:\\sim|~|over|about|around)?[\s${]*\Z"
)
_BETWEEN = re.compile(r"[\s$]*\band[\s$]*\Z")
_LIST = re.compile(
    r"[\s$}]*(?:,|/|\band\b|\bor\b|,\s*and\b|&|vs\.?|versus|, and up to|and up to)[\s$]*(?:by |up to |about |"
    r"around |over |\+|\$)?\s*\Z"
)
_FROM = re.compile(
    r"(?<!ranging )(?<!range )(?<!ranges )\bfrom\s+(?:about |around |only |\$|\\sim|~|a |an |[\w-]+ )?\s*\$?\Z"
)
_FACTOR_OF = re.compile(r"\bfactors?\s+of\s+(?:about |around |up to |over |roughly |at least |~|\$\\sim\$?)*\s*\$?\Z")
_YEAR = re.compile(r"(?:19[89]|20[0-3])\d\Z")
#: An error margin behind a unit: "96.00% pm 0.48%".
_MARGIN = re.compile(r"\s*(?:\$\s*)?(?:\\pm|±|\+-|\+/-|\bpm\b)(?:\s*\$)?\s*\Z")


class _Number:
    """A number as it was found, before its neighbours were looked at."""

    __slots__ = ("change", "digits", "end", "high", "start", "stop", "unit", "value")

    def __init__(self, start: int, end: int, value: float, unit: str | None, stop: int, digits: str) -> None:
        self.start, self.end, self.value, self.unit, self.stop, self.digits = start, end, value, unit, stop, digits
        self.high: float | None = None
        self.change = ""


def _value(m: re.Match[str]) -> float:
    """Read the number that `_NUMBER` matched."""
    if m["power"]:
        return float(f"1e{int(m['power'])}") if abs(int(m["power"])) < 300 else 0.0
    if m["bottom"]:
        return float(m["bottom"])
    value = float(m["digits"].replace("{,}", "").replace("\\,", "").replace(",", ""))
    exponent = m["e"] or m["ten"]
    if exponent and abs(int(exponent)) < 300:
        value = float(f"{value!r}e{int(exponent)}") if "e" not in repr(value) else value * 10.0 ** int(exponent)
    return value


def _unit(text: str, at: int) -> tuple[str, int] | None:
    """Read the unit that begins at an offset: its normalised form, and where it ends."""
    m = _UNIT.match(text, at)
    if not m:
        return None
    if m["count"]:
        parts = [m["slow"], m["slow2"]] if m["slow"] else [m["per"], m["per2"]]
        count = m["count"]
        unit = "/".join([count, *(_PER_NAMES.get(p, p) for p in parts if p)])
        return {"frames/s": "FPS", "frame/s": "FPS"}.get(unit, unit), m.end()
    form = re.sub(r"[\s-]+", "_", m["atom"])
    unit = _UNIT_OF.get(form) or _UNIT_OF.get(m["atom"]) or ""
    glued = m.start("atom") == at or text[at : m.start("atom")] in ("-", "$", "~", "\\,", "$ ", "}", "}$")
    if m["atom"] in _GLUED and not glued and not (m["atom"] in "sVhg" and text[at : m.start("atom")] == " "):
        return None
    if unit == "x" and m["atom"] in ("x", "X", "\u00d7") and re.match(r"\s*\$?\s*\d", text[m.end() :]):
        return None  # "224x224": a size
    return unit, m.end()


def _numbers(text: str) -> list[_Number]:
    found: list[_Number] = []
    for m in _NUMBER.finditer(text):
        start = m.start()
        first = start + (1 if m["pre"] == "-" else 0)
        if not _BEFORE.search(text, max(0, first - 12), first) or text[max(0, first - 2) : first] in ("_{", "^{"):
            continue
        start = start if m["pre"] == "+" else first
        if found and start - found[-1].stop < 12 and _MARGIN.match(text[found[-1].stop : start]):
            found[-1].stop = found[-1].end = (_unit(text, m.end()) or ("", m.end()))[1]
            continue
        unit = _unit(text, m.end())
        number = _Number(start, m.end(), _value(m), None, m.end(), m["digits"] or "")
        if m["bottom"]:
            unit = ("x", m.end())
        if unit:
            number.unit, number.stop = unit
            if number.unit == "Kx":
                number.unit, number.value = "x", number.value * 1e3
        elif text[m.end() : m.end() + 1].isalpha() and not _MEASURE.match(text, m.end()):
            continue  # "3D", "7nmX", "2080Ti"
        elif not _MEASURE.match(text, m.end()) and _FACTOR.match(text, m.end()):
            number.unit = "x"
        found.append(number)
    for m in _WORD_NUMBER.finditer(text) if any(part in text for part in _WORD_PARTS) else ():
        unit = _unit(text, m.end())
        if unit:
            found.append(_Number(m.start(), m.end(), _WORDS[m["word"].lower()], unit[0], unit[1], ""))
    return sorted(found, key=lambda n: n.start)


def _join(text: str, found: list[_Number]) -> list[_Number]:
    """Let neighbours share units, make ranges, mark changes."""
    for i in range(len(found) - 2, -1, -1):
        a, b = found[i], found[i + 1]
        between = text[a.stop : b.start]
        if len(between) > 24:
            continue
        if _RANGE.match(between) and a.unit in (None, b.unit) and not (a.unit is None and a.stop != a.end):
            a.unit = b.unit
            if _FROM.search(text, max(0, a.start - 28), a.start) and "to" in between:
                a.change, b.change = "from", "to"
            elif b.value > a.value and b.high is None and not b.change:
                a.high = b.value
        elif _BETWEEN.match(between) and re.search(r"\b[Bb]etween\s+\$?\Z", text[max(0, a.start - 12) : a.start]):
            a.unit = a.unit or b.unit
            a.high = b.value if b.value > a.value else None
        elif (
            a.unit is None
            and b.unit is not None
            and not _YEAR.match(a.digits)
            and _LIST.match(between)
            and b.unit not in ("M", "K", "G", "B")
        ):
            a.unit = b.unit
    merged: list[_Number] = []
    for n in found:
        if (
            merged
            and merged[-1].high is not None
            and merged[-1].high == n.value
            and n.start - merged[-1].stop <= 24
            and not merged[-1].change
        ):
            last = merged[-1]
            if last.stop <= n.start and last.end != n.end:
                last.end, last.stop = n.end, n.stop
                continue
        merged.append(n)
    return merged


def _phrases(text: str) -> list[_Number]:
    found = []
    done = 0
    for part in _PHRASE_PART.finditer(text) if any(part in text for part in _PHRASE_CORES) else ():
        m = _PHRASE.search(text, max(done, part.start() - 24), part.end() + 24)
        if m:
            _, value, unit = _PHRASES[int((m.lastgroup or "p0")[1:])]
            found.append(_Number(m.start(), m.end(), value, unit, m.end(), ""))
            done = m.end()
    return found


def _kind(text: str, n: _Number, unit: str, floor: int, before: Quantity | None) -> str:
    """Say whether a number is a level or a change, from the words around it."""
    if n.change:
        return "absolute"
    if unit in ("x", "points", "orders of magnitude") or text[n.start] == "+":
        return "absolute" if unit == "points" and "BLEU" in text[n.start : n.stop] else "gain"
    if unit in _CHANGES and _GAIN_AFTER.match(text, n.stop):
        return "gain"
    near = text[max(floor, n.start - 90) : n.start]
    cues = list(_CUE.finditer(near))
    cue = cues[-1] if cues else None
    if cue and cue["gain"] and (unit in _CHANGES or _GAIN_LINK.match(near, cue.end())):
        return "gain"
    if before and before.unit == unit and before.kind == "gain" and unit in _CHANGES:
        between = text[before.end : n.start]
        if _LISTED.match(between) and not any(c["level"] for c in _CUE.finditer(between)):
            return "gain"
    return "absolute"


def _quote(text: str, start: int, end: int, ends: list[int]) -> tuple[int, int]:
    """Cut the clause around a number, at most `QUOTE` characters."""
    before, after = bisect_right(ends, start), bisect_right(ends, end)
    left = ends[before - 1] if before else 0
    right = ends[after] if after < len(ends) else len(text)
    if right - left > QUOTE:
        left = max(left, min(start, max(start - 100, right - QUOTE)))
        right = max(end, min(right, left + QUOTE))
        while left and left < start and text[left - 1].isalnum():
            left += 1
        while right > end and right < len(text) and text[right].isalnum():
            right -= 1
    while left < start and text[left] in " \n,;.:":
        left += 1
    while right > end and text[right - 1] in " \n,;:.":
        right -= 1
    return left, right


#: A measure named before "from X to Y" that is its own unit.
_NAMED_BEFORE = re.compile(r"\b(FPS|fps)\s+(?:\w+\s+)?from\s+(?:[\d.,]+\s+to\s+)?\Z")
#: Words after which a number with a measure behind it is a difference: "by over 2 BLEU", "+2.3 mAP".
_DIFFERENCE = re.compile(
    r"(?:\bby|\+|exceeds?|increase of|improvement of|gain of)\s*(?:(?:up to|about|around|more than|over|at least|"
    r"\+)\s*)*\Z"
)


def _bare_unit(text: str, n: _Number) -> str:
    """Guess the unit of a number without one from the words around: "points", "x", "FPS" or ""."""
    before = text[max(0, n.start - 40) : n.start]
    named = _NAMED_BEFORE.search(before)
    if named:
        return "FPS"
    if text[n.start] == "+":
        return "points"
    if _MEASURE.match(text, n.end):
        return "points" if _DIFFERENCE.search(before) else ""
    return ""


def quantities(text: str) -> list[Quantity]:
    r"""Find the quantities of a text, in order of appearance.

    >>> for q in quantities(r"It is 1.4-1.95x faster and cuts energy by 47\% to 5.5 mJ at 455 tokens/second/W."):
    ...     print(q.value, q.value_high, q.unit, q.kind)
    1.4 1.95 x gain
    47.0 None % gain
    5.5 None mJ absolute
    455.0 None tokens/s/W absolute
    """
    return list(_quantities(text))


@lru_cache(maxsize=4)  # the rules and the model both ask
def _quantities(text: str) -> tuple[Quantity, ...]:
    numbers = _join(text, _numbers(text))
    taken = [(n.start, n.stop) for n in numbers]
    at = [s for s, _ in taken]
    for p in _phrases(text):
        i = bisect_right(at, p.end)
        if not any(s < p.end and p.start < e for s, e in taken[max(0, i - 2) : i + 1]):
            numbers.append(p)
    numbers.sort(key=lambda n: n.start)
    ends = sorted({m.end() for m in _CLAUSE_END.finditer(text)}) if numbers else []
    found: list[Quantity] = []
    for n in numbers:
        unit = n.unit
        if unit in (None, "") and _FACTOR_OF.search(text, max(0, n.start - 40), n.start):
            unit = "x"
        if unit == "orders of magnitude" and n.high is None and n.value < 20:
            n.value, unit = 10.0**n.value, "x"
        if unit is None:
            unit = _bare_unit(text, n)
        left, right = _quote(text, n.start, n.stop, ends)
        kind = _kind(text, n, unit, left, found[-1] if found else None)
        found.append(Quantity(n.start, n.stop, round(n.value, 9), n.high, unit, kind, left, right, n.change))
    return tuple(found)
