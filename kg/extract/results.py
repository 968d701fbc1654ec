"""Decide which numbers of a paper are claimed results, and of what."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from kg.extract.quantities import Quantity
from kg.extract.relations import main_contribution
from kg.extract.roles import Role
from kg.types import Paper, Result


class Claimed(NamedTuple):
    """A claimed number with the things it belongs to."""

    quantity: Quantity
    metric: str
    subject: str | None
    baseline: str | None
    dataset: str | None
    task: str | None
    hardware: str | None
    confidence: float

    def cite(self, paper: Paper) -> Result:
        """Make it a `Result` with evidence."""
        q = self.quantity
        return Result(
            self.metric, q.value, q.unit, q.kind, paper.quote(q.quote_start, q.quote_end), self.subject, q.value_high,
            self.baseline, self.dataset, self.task, self.hardware, self.confidence,
        )  # fmt: skip


#: Units of settings ("28 nm", "4-bit", "512 tokens") rather than results.
SETTINGS = frozenset(
    ("bit", "B", "nm", "K", "h", "T", "s", "bytes", "layers", "frames", "iterations", "GB", "K tokens", "mm", "GHz",
     "V", "MB", "KB", "degrees", "time-steps", "min", "um", "TB", "Kb", "km", "kg", "cm", "m", "weeks", "C", "Gb", "Mb")
)  # fmt: skip
_SCORE = (
    r"(?:BLEU|F1|F-?score|mAP|AP\d*|NDS|m?IoU|mIOU|FID|PQ|EM|ROUGE(?:-[L\d])?|R-?1|CIDEr|ppl|perplexity|AUC|AUROC|"
    r"AUPRC|WER|CER|PSNR|SSIM|"
    r"accuracy|score|recall|precision|Dice|loss|bpb|similarity)"
)
_SCORE_BEHIND = re.compile(rf"\s*(?:absolute |box |mask )?{_SCORE}\b", re.I)
_SCORE_BEFORE = re.compile(
    rf"\b{_SCORE}s?\s*(?:\([^)]*\)\s*)?(?:scores?\s*)?(?:of|=|:|to|at|is|was|reaches|from)?\s*(?:about |up to |"
    rf"only |just |nearly |[\d.]+\s*(?:to|and)\s*)?\Z",
    re.I,
)
#: Metrics that an abstract implies without naming one, by unit.
_IMPLIED = {
    "x": "speedup",
    "FPS": "frame rate",
    "ms": "latency",
    "us": "latency",
    "W": "power",
    "mW": "power",
    "M": "parameters",
}
_GAIN_WORD = re.compile(
    r"faster|slower|smaller|larger|fewer|less|more|lower|higher|reduc|improv|speed|sav(?:e|es|ed|ing)|gain|requir|"
    r"using|better|increas|decreas|"
    r"cost|parameters|memory|energy|magnitude",
    re.I,
)
_COMPARED = re.compile(
    r"(?:than|over|compared (?:to|with|against)|versus|vs\.?|against|outperform\w*|surpass\w*|relative to|"
    r"of)\s[^.;]{0,50}\Z"
)


def is_result(text: str, q: Quantity) -> bool:
    """Tell whether a number reads as a measured outcome rather than a setting, a size or a count."""
    if q.unit in SETTINGS:
        return False
    if q.unit in ("M", "G"):
        return bool(re.match(r"\s*(?:\w+ )?(?:param|FLOP|MAC|op)", text[q.end : q.end + 24], re.I))
    if q.unit == "x" and text[q.start].isalpha() and not _GAIN_WORD.search(text, max(0, q.start - 60), q.end + 60):
        return False  # "twice the input size", "half of the layers"
    if q.unit == "":
        if q.change:
            return q.value != int(q.value)
        return bool(_SCORE_BEHIND.match(text, q.end) or _SCORE_BEFORE.search(text, max(0, q.start - 60), q.start))
    return True


def find_results(
    text: str, found: Sequence[Quantity], links: Sequence[Role], sentences: Sequence[tuple[int, int]]
) -> list[Claimed]:
    """Keep the quantities that are results, each with the metric, dataset, baseline and hardware beside it."""
    results: list[Claimed] = []
    own = main_contribution(links)
    subject = links[own].name if own is not None else None
    starts = [s for s, _ in sentences]
    for q in found:
        if not is_result(text, q):
            continue
        n = max(0, bisect_right(starts, q.start) - 1)
        first, last = sentences[n] if sentences else (0, len(text))
        here = [(s, e, link) for link in links for s, e in link.spans if first <= s and e <= last]
        metric = _nearest(q, [x for x in here if x[2].type == "Metric"], reach=60)
        dataset = _behind(q, [x for x in here if x[2].type == "Dataset"], found, reach=90)
        baseline = _behind(
            q,
            [x for x in here if x[2].role == "compares_with" and _COMPARED.search(text, max(q.end, x[0] - 70), x[0])],
            found,
            reach=90,
        )
        hardware = _behind(
            q, [x for x in here if x[2].type == "Hardware" and x[2].role != "compares_with"], found, reach=90
        )
        results.append(
            Claimed(
                q,
                text[metric[0] : metric[1]] if metric else _IMPLIED.get(q.unit, ""),
                subject,
                baseline[2].name if baseline else None,
                dataset[2].name if dataset else None,
                None,
                hardware[2].name if hardware else None,
                0.95 if q.unit else 0.85,
            )
        )
    return results


Place = tuple[int, int, Role]


def _nearest(q: Quantity, places: Sequence[Place], *, reach: int) -> Place | None:
    """Give the nearest place on either side, those behind the number first."""
    far = [(x[0] - q.end if x[0] >= q.end else 8 + q.start - x[1], x[0], x) for x in places]
    best = min(far, key=lambda f: f[:2], default=None)
    return best[2] if best and best[0] <= reach else None


def _behind(q: Quantity, places: Sequence[Place], found: Sequence[Quantity], *, reach: int) -> Place | None:
    """Give the first place behind a number, else the last one before it in the same sentence."""
    behind = [x for x in places if q.end <= x[0] <= q.end + reach]
    if behind:
        return min(behind, key=lambda x: x[0])
    before = [x for x in places if x[1] <= q.start]
    return max(before, key=lambda x: x[0]) if before else None
