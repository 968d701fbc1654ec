"""Weigh what was found: would an expert list this thing for this paper?

The span head sees one stretch of words at a time. This second look, a logistic regression, sees the thing as a
whole: how sure its mentions and its role are, how often and where it stands, whether the rules and the lexicon
know it, whether another extent of the name was nearly as likely. Its weights are fitted on papers that the model
was not trained on (`kg.train.tune`), so what it gives is a probability.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from kg.extract.features import Floats, Span
from kg.extract.group import known

#: What is seen of a thing, besides its type and role.
FEATURES = (
    "best", "mean", "any", "role", "count", "title", "rules", "rules_differ", "rival", "other", "known", "words",
    "capital", "short", "crowd", "alike",
)  # fmt: skip


def _logit(p: float) -> float:
    p = min(max(p, 1e-3), 1 - 1e-3)
    return math.log(p / (1 - p))


def features(
    probs: Floats,
    mentions: Sequence[Sequence[Span]],
    types: Sequence[int],
    scores: Sequence[float],
    sures: Sequence[float],
    forms: Sequence[str],
    hints: Mapping[Span, str],
    names: Sequence[str],
    n_title: int,
) -> Floats:
    """Describe things: [things, len(FEATURES)]. `probs` is as `Heads.spans` gives it, `names` are all types.

    `scores` are how sure the mentions are together, `sures` how sure the role is, `forms` the likeliest wordings,
    `hints` what the rules found.
    """
    anyhow = 1 - probs[:, :, 0]
    out = np.zeros((len(mentions), len(FEATURES)), np.float32)
    for n, (spans, type, form) in enumerate(zip(mentions, types, forms, strict=True)):
        rows = [probs[i, j - i].tolist() for i, j in spans]
        own = [row.pop(1 + type) for row in rows]  # what is left: nothing, and the other types
        i, j = spans[int(np.argmax(own))]
        said = [hints.get(s) for s in spans]
        out[n] = (
            _logit(scores[n]),
            _logit(sum(own) / len(own)),
            _logit(1 - min(row[0] for row in rows)),
            _logit(sures[n]),
            math.log(len(spans)),
            any(a < n_title for a, _ in spans),
            names[type] in said,
            any(t is not None and t != names[type] for t in said),
            _logit(_rival(anyhow, i, j)),
            _logit(max((p for row in rows for p in row[1:]), default=0.0)),
            known(form, names[type]) is not None,
            min(j - i, 6),
            form != form.lower(),
            len(form) < 4,
            len(mentions) / 10,
            types.count(type) / 5,
        )
    return out


def _rival(anyhow: Floats, i: int, j: int) -> float:
    """Give how likely another stretch is that shares words with this one."""
    first = max(0, i - 8)
    near = anyhow[first : j + 1].copy()
    for row in range(i - first):
        near[row, : i - first - row] = 0  # ends before
    near[i - first, j - i] = 0
    return float(near.max())


def worth(weights: Mapping[str, float], seen: Floats, types: Sequence[str], roles: Sequence[str]) -> list[float]:
    """Give the probability that each thing would be listed.

    >>> worth({"bias": 0.0, "title": 2.0, "type:Task": -1.0}, np.eye(16, dtype=np.float32)[5:6], ["Task"], ["uses"])
    [0.7311]
    """
    line = np.array([weights.get(f, 0.0) for f in FEATURES])
    added = [weights.get(f"type:{t}", 0.0) + weights.get(f"role:{r}", 0.0) for t, r in zip(types, roles, strict=True)]
    totals = seen @ line + np.array(added) + weights.get("bias", 0.0)
    return [round(float(p), 4) for p in 1 / (1 + np.exp(-totals))]
