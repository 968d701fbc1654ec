"""Let a trained model read plain texts, and keep what it thinks as soft labels: the teacher of a smaller model.

A student that learns probabilities learns more from a text than from the teacher's choices alone (Hinton et
al. 2015), above all about relations, of which a teacher is rarely sure. What the rules find is part of what the
teacher thinks, where its settings mix them in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator

import numpy as np

from kg.extract.decode import choose, mixed
from kg.extract.features import SLOTS, WIDTH, candidates, sentences
from kg.extract.group import group
from kg.extract.model import Model
from kg.extract.quantities import quantities
from kg.train.examples import Example, Halves, Soft, Thing
from kg.types import Paper

log = logging.getLogger(__name__)

#: Longest text that is learned from, in words; the encoder sees no further.
LONGEST = 400


def taught(model: Model, papers: Iterable[Paper]) -> Iterator[Example]:
    """Yield what a model thinks of each paper as an example with soft labels; very long texts are left out."""
    begun = time.monotonic()
    for n, paper in enumerate(papers, 1):
        with model.alone():
            example = _taught(model, paper)
        if example is not None:
            yield example
        if n % 1000 == 0:
            log.info("the teacher has read %d texts, %.0f s", n, time.monotonic() - begun)


def _halves(values: np.ndarray) -> Halves:
    return np.ascontiguousarray(values, np.float16)


def _taught(model: Model, paper: Paper) -> Example | None:
    r = model.hinted(model.read(paper.text, title=len(paper.title)))
    if not 0 < len(r.words) <= LONGEST:
        return None
    heads, settings, text = model.heads, model.settings, r.text
    probs = mixed(heads.spans(r.x, r.hints, r.forms, r.parts), r.hints, settings, heads.types)
    found = choose(r, probs, settings, heads.types)
    at = {(r.words[f.span[0]][0], r.words[f.span[1]][1], heads.types[f.type]): f.span for f in found}
    groups = group(text, sorted(at)) if found else []
    mentions = [tuple(at[a, b, g.type] for a, b in g.spans) for g in groups]
    types = [heads.types.index(g.type) for g in groups]
    given = candidates(quantities(text), r.words)
    sentence = tuple(sentences(text, r.words))
    n, q = len(groups), len(given.spans)
    roles = np.zeros((n, max(1, len(heads.roles))), np.float32)
    relations = np.zeros((n, n, max(1, len(heads.relations))), np.float32)
    results, points = np.zeros((q, 2), np.float32), np.zeros((q, 1 + n, len(SLOTS)), np.float32)
    if n:
        pooled, extra, roles = heads.entities(r.x, r.whole, mentions, types, n_title=r.n_title)
        if heads.relations and n > 1:
            relations = heads.pairs(r.x, pooled, extra, mentions)
        if heads.results and q:
            results, points = heads.quantities(r.x, given, pooled, extra, mentions, types, sentence)
    mention = np.zeros((len(r.words), WIDTH, 1 + len(heads.types)), np.float32)
    mention[:] = probs
    soft = Soft(_halves(mention), _halves(roles), _halves(relations), _halves(results), _halves(points))
    things = tuple(Thing(g.type, None, spans, g.name) for g, spans in zip(groups, mentions, strict=True))
    return Example(
        id=paper.id, text=text, title=len(paper.title), words=tuple(r.words), sentences=sentence, things=things,
        relations=(), candidates=given, answers=(), grouped=True, soft=soft, hints=tuple(r.hints),
    )  # fmt: skip
