"""Choose thresholds and calibrate confidences on papers that the model was not trained on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kg.extract.decode import Claims, Curve, Reading, Settings, choose, listed, read_claims, relation_score
from kg.extract.heads import Heads
from kg.extract.worth import FEATURES
from kg.schema import ROLES, TYPES
from kg.train.examples import Example

log = logging.getLogger(__name__)

#: Thresholds that are tried.
GRID = tuple(round(0.1 + 0.05 * n, 2) for n in range(13))


def curve(scores: Sequence[float], right: Sequence[bool], *, points: int = 12) -> Curve:
    """Fit a rising curve from scores to the share that was right (isotonic regression over equal bins).

    >>> c = curve([0.1, 0.2, 0.8, 0.9], [False, False, True, True], points=2)
    >>> c(0.1), c(0.9)
    (0.0, 1.0)
    """
    if not scores:
        return Curve()
    order = np.argsort(np.asarray(scores), kind="stable")
    xs, ys = np.asarray(scores, float)[order], np.asarray(right, float)[order]
    parts = [p for p in np.array_split(np.arange(len(xs)), min(points, len(xs))) if len(p)]
    bins = [[float(xs[p].mean()), float(ys[p].mean()), float(len(p))] for p in parts]
    merged: list[list[float]] = []
    for b in bins:
        merged.append(b)
        while len(merged) > 1 and merged[-2][1] >= merged[-1][1]:
            high, low = merged.pop(), merged.pop()
            n = high[2] + low[2]
            merged.append([(low[0] * low[2] + high[0] * high[2]) / n, (low[1] * low[2] + high[1] * high[2]) / n, n])
    return Curve(tuple(round(b[0], 5) for b in merged), tuple(round(b[1], 5) for b in merged))


def calibration_error(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float:
    """Give the expected calibration error over bins of equal width.

    >>> round(calibration_error([0.8] * 5, [True] * 4 + [False]), 3)
    0.0
    """
    if not confidences:
        return 0.0
    c, r = np.asarray(confidences, float), np.asarray(right, float)
    place = np.minimum((c * bins).astype(int), bins - 1)
    return float(sum(abs(c[place == b].sum() - r[place == b].sum()) for b in range(bins)) / len(c))


def best_threshold(scores: Sequence[float], right: Sequence[bool], gold: int) -> float:
    """Find the threshold with the best F1 of claims against `gold` true ones; 0.5 if there is nothing to learn."""
    if not any(right) or not gold:
        return 0.5
    order = np.argsort(-np.asarray(scores), kind="stable")
    s, r = np.asarray(scores)[order], np.asarray(right, float)[order]
    hits = np.cumsum(r)
    f1 = 2 * hits / (np.arange(1, len(s) + 1) + gold)
    k = int(f1.argmax())
    return float((s[k] + (s[k + 1] if k + 1 < len(s) else 0.9 * s[k])) / 2)


@dataclass(frozen=True, slots=True)
class Judged:
    """Claims of one kind: their scores, whether each was right, and how many true ones there were."""

    scores: list[float]
    right: list[bool]
    gold: int


def _forms(e: Example, spans: Iterable[tuple[int, int]]) -> set[str]:
    return {e.text[e.words[i][0] : e.words[j][1]].casefold() for i, j in spans}


def _paired(e: Example, claims: Claims) -> dict[int, int]:
    """Pair found things with true ones: same type, a wording in common, each at most once."""
    pairs: dict[int, int] = {}
    true = [(t.type, _forms(e, t.mentions) | {t.name.casefold()}) for t in e.things]
    for n, (name, type, _, spans, _, _) in enumerate(claims.things):
        mine = _forms(e, spans) | {name.casefold()}
        for k, (kind, forms) in enumerate(true):
            if kind == type and k not in pairs.values() and mine & forms:
                pairs[n] = k
                break
    return pairs


def judge(read: Sequence[tuple[Example, Claims]], relations: Sequence[str]) -> dict[str, Judged]:
    """Hold claims against annotations: "link", "result", and "relation:<type>" for each relation."""
    out = {name: Judged([], [], 0) for name in ("link", "result", *(f"relation:{r}" for r in relations))}

    def add(kind: str, scores: list[float], right: list[bool], gold: int) -> None:
        old = out[kind]
        out[kind] = Judged(old.scores + scores, old.right + right, old.gold + gold)

    for e, claims in read:
        pairs = _paired(e, claims)
        add(
            "link",
            [t[4] * t[5] for t in claims.things],
            [n in pairs and e.things[pairs[n]].role in (t[2], None) for n, t in enumerate(claims.things)],
            len(e.things),
        )
        true = set(e.relations)
        for label in relations:
            mine = [r for r in claims.relations if r[1] == label]
            add(
                f"relation:{label}",
                [relation_score(claims, r) for r in mine],
                [(pairs.get(r[0]), label, pairs.get(r[2])) in true for r in mine],
                sum(r[1] == label for r in true),
            )
        answer = {(q.start, q.end): a.result for q, a in zip(e.candidates.quantities, e.answers, strict=True)}
        add(
            "result",
            [r[1] for r in claims.results],
            [answer.get((r[0].start, r[0].end), False) for r in claims.results],
            sum(a.result for a in e.answers),
        )
    return out


Pair = tuple[Example, Reading]
Read = tuple[Example, Claims]


def fit_worth(read: Sequence[Read], guests: Sequence[Read] = (), *, penalty: float = 3.0) -> dict[str, float]:
    """Fit the second look (`kg.extract.worth`): which things, as `read_claims(..., look=True)` gives them, are true.

    A logistic regression with a quadratic penalty, by Newton's method. `guests` are papers that others annotated:
    how many things they list is a weight of its own, which is forgotten.
    """
    columns = ("bias", *FEATURES, *(f"type:{t}" for t in TYPES), *(f"role:{r}" for r in ROLES), "guest")
    rows, right = [], []
    for k, (e, claims) in enumerate([*read, *guests]):
        pairs = _paired(e, claims)
        for n, (thing, seen) in enumerate(zip(claims.things, [] if claims.seen is None else claims.seen, strict=True)):
            own = {f"type:{thing[1]}", f"role:{thing[2]}"} | ({"guest"} if k >= len(read) else set())
            rows.append([1.0, *seen.tolist(), *(float(c in own) for c in columns[1 + len(FEATURES) :])])
            right.append(float(n in pairs))
    x, y = np.array(rows).reshape(-1, len(columns)), np.array(right)
    weights = np.zeros(len(columns))
    ridge = np.diag([1e-6, *[penalty] * (len(columns) - 1)])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - p) - ridge @ weights
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return {c: round(float(w), 4) for c, w in zip(columns, weights, strict=True) if w and c != "guest"}


#: Papers from which on a second look is fitted, and parts that it is tried on in turn.
ENOUGH, PARTS = 60, 5
#: How freely mentions are let through before a second look, and how strict that may be.
LOOSE, STRICT = 0.15, (0.25, 0.3, 0.35, 0.4, 0.45, 0.5)


def second_look(heads: Heads, pairs: Sequence[Pair], settings: Settings, guests: Sequence[Pair] = ()) -> Settings:
    """Choose whether, and how strictly, things are looked at a second time: by F1 of entities on other papers.

    With it, likely mentions are let through more freely first.
    """
    if len(pairs) < ENOUGH:
        return settings
    plain = _link_f1([_things(heads, p, settings) for p in pairs])[0]
    loose = replace(settings, mention=round(max(0.2, settings.mention - LOOSE), 2))
    looked = [_things(heads, p, loose) for p in pairs]
    others = [_things(heads, p, loose) for p in guests]
    weights = [fit_worth([p for k, p in enumerate(looked) if k % PARTS != part], others) for part in range(PARTS)]
    tried = []
    for keep in STRICT:
        found = []
        for k, (e, c) in enumerate(looked):
            assert c.seen is not None or not c.things
            stay = listed(c.things, c.seen, weights[k % PARTS], keep)[0] if c.seen is not None else []
            found.append((e, replace(c, things=stay)))
        f1 = _link_f1(found)[0]
        log.info("second look, kept from %.2f: entity F1 %.4f (%.4f without)", keep, f1, plain)
        tried.append((f1, keep))
    # Of the strictnesses that are about as good, the freest: what is left out is lost, what is doubtful is marked.
    best = max(tried)[0]
    if best < plain:  # which flatters itself: its thresholds were chosen on these papers
        return settings
    return replace(loose, worth=fit_worth(looked, others), keep=min(k for f, k in tried if f > best - 0.002))


def _things(heads: Heads, pair: Pair, settings: Settings) -> Read:
    """Read only the things of a text."""
    e, r = pair
    return e, read_claims(heads, r, settings, relation_floor=1, look=True)


def _link_f1(found: Sequence[Read]) -> tuple[float, float]:
    """Give the F1 of things, and of things with their roles."""
    hits = right = 0
    for e, c in found:
        matched = _paired(e, c)
        hits += len(matched)
        right += sum(c.things[n][2] == e.things[k].role for n, k in matched.items())
    total = max(1, sum(len(c.things) + len(e.things) for e, c in found))
    return 2 * hits / total, 2 * right / total


#: What is tried for how much "introduces" counts, the other roles, and "nothing" in the slots of a result.
FAVOURS, SHARES, NOTHINGS = (1.0, 2.0, 3.0, 5.0, 8.0, 12.0), (0.7, 1.5, 2.0), (0.2, 0.4, 0.7, 1.0)
#: What favouring "introduces" may cost the F1 of links.
COST = 0.005
#: How much "introduces" may count for what many papers name.
ESTABLISHED = (1.0, 0.5, 0.3, 0.2, 0.1)


def favour_introduced(heads: Heads, pairs: Sequence[Pair], settings: Settings) -> Settings:
    """Let "introduces" count for more than its probability, as far as that hardly costs the links anything.

    What a paper introduces is what one looks for first; to miss it costs more than to take one thing too many.
    """
    if "introduces" not in heads.roles:
        return settings
    tried = []
    for favour in FAVOURS:
        f1 = _link_f1(
            [_things(heads, p, replace(settings, role={**settings.role, "introduces": favour})) for p in pairs]
        )[1]
        log.info("introduces x%.1f: link F1 %.4f", favour, f1)
        tried.append((f1, favour))
    best = max(favour for f, favour in tried if f > max(tried)[0] - COST)
    return replace(settings, role={**settings.role, "introduces": best})


def doubt_established(heads: Heads, pairs: Sequence[Pair], settings: Settings) -> Settings:
    """Choose how little "introduces" counts for what many papers name, by F1 of links; of equals the mildest."""
    if "introduces" not in heads.roles:
        return settings
    tried = [
        (round(_link_f1([_things(heads, p, replace(settings, established=share)) for p in pairs])[1], 4), share)
        for share in ESTABLISHED
    ]
    log.info("established: link F1 %s", tried)
    return replace(settings, established=max(tried)[1])


def weigh_roles(heads: Heads, pairs: Sequence[Pair], settings: Settings) -> Settings:
    """Choose how much each role but "introduces" counts, one after the other, by F1 of links.

    The annotators and the losses differ in what they take for the usual role: where two are about as likely, the
    likelier one is not always the one to say.
    """
    probs = [heads.spans(r.x, r.hints, r.forms, r.parts) for _, r in pairs]

    def f1(role: Mapping[str, float]) -> float:
        changed = replace(settings, role=role)
        read = (
            (e, read_claims(heads, r, changed, relation_floor=1, spans=p))
            for (e, r), p in zip(pairs, probs, strict=True)
        )
        return _link_f1(list(read))[1]

    best = f1(settings.role)
    for role in (r for r in heads.roles if r != "introduces"):
        tried = [(f1({**settings.role, role: share}), share) for share in SHARES]
        log.info("%s: link F1 %s, %.4f as it is", role, tried, best)
        if max(tried)[0] > best + 0.0005:
            best = max(tried)[0]
            settings = replace(settings, role={**settings.role, role: max(tried)[1]})
    return settings


def weigh_nothing(heads: Heads, pairs: Sequence[Pair], settings: Settings) -> Settings:
    """Choose how much "nothing" counts as the subject and as the dataset of a result."""
    if not heads.results:
        return settings

    def right(e: Example, claims: Claims) -> int:
        matched = _paired(e, claims)
        answers = {(q.start, q.end): a for q, a in zip(e.candidates.quantities, e.answers, strict=True) if a.result}
        hits = 0
        for q, score, kind, slots in claims.results:
            a = answers.get((q.start, q.end))
            if a and score >= 0.5 and a.kind == kind:
                hits += all(matched.get(slots.get(s, -1)) == a.slots.get(s) for s in ("subject", "dataset"))
        return hits

    said = [p for p in pairs if any(a.result for a in p[0].answers)]
    for slot in ("subject", "dataset"):
        tried = []
        for share in NOTHINGS:
            changed = replace(settings, nothing={**settings.nothing, slot: share})
            tried.append((sum(right(e, read_claims(heads, r, changed, relation_floor=1)) for e, r in said), share))
        log.info("nothing as %s: %s", slot, tried)
        settings = replace(settings, nothing={**settings.nothing, slot: max(tried)[1]})
    return settings


def _mention_f1(examples: Sequence[Example], found_spans: Sequence[set[tuple[int, int, str]]]) -> float:
    hits = found = gold = 0
    for e, mine in zip(examples, found_spans, strict=True):
        true = {(i, j, t.type) for t in e.things for i, j in t.mentions}
        hits, found, gold = hits + len(true & mine), found + len(mine), gold + len(true)
    return 2 * hits / (found + gold) if found + gold else 0.0


def plateau(tried: Sequence[tuple[float, float]], *, near: float = 0.005) -> float:
    """Choose the middle of the settings that are about as good as the best: of few texts, one peak is chance.

    >>> plateau([(0.61, 0.1), (0.64, 0.2), (0.638, 0.3), (0.641, 0.4), (0.60, 0.5)])
    0.3
    """
    best = max(f1 for f1, _ in tried)
    good = sorted(value for f1, value in tried if f1 >= best - near)
    return good[len(good) // 2]


def tune(heads: Heads, pairs: Sequence[Pair], guests: Sequence[Pair] = ()) -> Settings:
    """Choose all thresholds and curves by F1 on held-out texts; defaults where there are none.

    `guests` are further held-out papers, by other annotators: they count for what hangs on many papers (how the
    parts of a paper are told apart), not for how much is listed.
    """
    if not pairs:
        return Settings()
    grouped = any(e.grouped for e, _ in pairs)
    settings = Settings(forms=grouped)
    both = [*pairs, *guests]
    probs = [heads.spans(r.x, r.hints, r.forms, r.parts) for _, r in both]
    tried = []
    for limit in GRID:
        changed = replace(settings, mention=limit)
        found = [choose(r, p, changed, heads.types) for (_, r), p in zip(both, probs, strict=True)]
        spans = [{(*f.span, heads.types[f.type]) for f in fs} for fs in found]
        tried.append((round(_mention_f1([e for e, _ in both], spans), 5), limit))
    settings = replace(settings, mention=plateau(tried))
    if not heads.roles and not heads.relations and not heads.results:
        return settings
    if grouped and heads.roles:
        settings = second_look(heads, pairs, settings, guests)
        settings = weigh_roles(heads, both, settings)
        settings = favour_introduced(heads, pairs, settings)
        settings = doubt_established(heads, both, settings)
    if grouped:
        settings = weigh_nothing(heads, both, settings)
    return with_curves(settings, judge([(e, read_claims(heads, r, settings)) for e, r in both], heads.relations))


def with_curves(settings: Settings, judged: dict[str, Judged]) -> Settings:
    """Set thresholds of relations and results, and all calibration curves, from judged claims."""
    every = {name.split(":", 1)[1]: j for name, j in judged.items() if name.startswith("relation:")}
    scores = [s for name, j in judged.items() if name.startswith("relation:") for s in j.scores]
    right = [r for name, j in judged.items() if name.startswith("relation:") for r in j.right]
    # Some relations are rare: each threshold stands halfway between its own best one and the best for all.
    common = best_threshold(scores, right, sum(j.gold for j in every.values()))
    relation = {n: round((best_threshold(j.scores, j.right, j.gold) + common) / 2, 4) for n, j in every.items()}
    result = judged["result"]
    return replace(
        settings,
        relation=relation,
        result=round(best_threshold(result.scores, result.right, result.gold), 4),
        link_curve=curve(judged["link"].scores, judged["link"].right),
        relation_curve=curve(scores, right),
        result_curve=curve(result.scores, result.right),
    )
