"""The shipped model: it loads, says the same every time, and every word it quotes is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kg.errors import ModelError
from kg.extract.decode import Curve, Settings, mixed
from kg.extract.model import ModelExtractor, blocks, load_model, shipped, windows
from kg.schema import TYPES
from kg.types import Findings, Paper

pytestmark = pytest.mark.skipif(shipped() is None, reason="the model was left out of this installation")

PAPER = Paper(
    "p1",
    "SwiftViT: A Fast Vision Transformer on FPGAs",
    "We propose SwiftViT, a vision transformer for image classification. On ImageNet, SwiftViT reaches "
    "81.3% top-1 accuracy and runs 3.2x faster than DeiT on a Xilinx ZCU102 FPGA.",
)


@pytest.fixture(scope="module")
def model() -> ModelExtractor:
    return load_model()


@pytest.fixture(scope="module")
def found(model: ModelExtractor) -> Findings:
    return next(model.extract([PAPER]))


@pytest.mark.parametrize(
    ("mention", "type", "role"),
    [
        ("SwiftViT", "Architecture", "introduces"),
        ("ImageNet", "Dataset", "evaluates_on"),
        ("image classification", "Task", "addresses"),
        ("top-1 accuracy", "Metric", "measures"),
    ],
)
def test_reads_what_the_paper_is_about(found: Findings, mention: str, type: str, role: str) -> None:
    links = [link for link in found.links if mention in {m.text for m in link.mentions}]
    assert [(link.type, link.role) for link in links] == [(type, role)]


def test_reads_numbers(found: Findings) -> None:
    assert {(r.value, r.unit, r.kind) for r in found.results} == {(81.3, "%", "absolute"), (3.2, "x", "gain")}


def test_everything_is_quoted_word_for_word(found: Findings) -> None:
    for link in found.links:
        assert all(PAPER.text[m.start : m.end] == m.text for m in link.mentions)
    for evidence in [r.evidence for r in (*found.relations, *found.results)]:
        assert evidence is not None
        assert PAPER.text[evidence.start : evidence.end] == evidence.quote


def test_relations_and_results_name_links(found: Findings) -> None:
    names = {(link.name, link.type) for link in found.links}
    assert all((r.head, r.head_type) in names and (r.tail, r.tail_type) in names for r in found.relations)
    known = {name for name, _ in names}
    assert all({r.subject, r.dataset, r.baseline, r.hardware} - {None} <= known for r in found.results)


def test_confidences_are_probabilities(found: Findings) -> None:
    assert all(0 <= x.confidence <= 1 for x in (*found.links, *found.relations, *found.results))


def test_company_does_not_change_what_is_said(model: ModelExtractor, found: Findings) -> None:
    others = [Paper("a", "A title", "Some words."), PAPER]
    assert list(model.extract(others))[1] == found


@pytest.mark.parametrize(
    ("title", "abstract"), [("x", ""), ("%%%", "+++ --- ***"), ("的", "这是一篇论文。"), (" ", "")]
)
def test_odd_texts_do_not_fail(model: ModelExtractor, title: str, abstract: str) -> None:
    assert isinstance(next(model.extract([Paper("odd", title, abstract)])), Findings)


def test_long_texts_are_read_to_the_end(model: ModelExtractor) -> None:
    text = "Nothing of note is said here at all. " * 300 + "We evaluate BERT on the GLUE benchmark."
    long = Paper("long", "A long text", text)
    found = next(model.extract([long]))
    assert max(m.end for link in found.links for m in link.mentions) > len(long.text) - 60
    assert all(long.text[m.start : m.end] == m.text for link in found.links for m in link.mentions)


def test_windows_speak_for_every_word_once() -> None:
    bounds = list(range(0, 3001, 3))
    spoken = [n for _, _, a, b in windows(bounds, 510) for n in range(a, b)]
    assert spoken == list(range(1000))


def test_blocks_hold_the_whole_text() -> None:
    text = "A sentence of five words. " * 2000
    assert all(text[at : at + len(block)] == block for at, block in blocks(text))
    assert sum(block.count("sentence") for _, block in blocks(text)) == 2000


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="kg train"):
        load_model(tmp_path)


def test_settings_survive_writing() -> None:
    settings = Settings(mention=0.4, hint={"Task": 0.3}, link_curve=Curve((0.0, 0.5), (0.1, 0.9)))
    assert Settings.from_json(settings.to_json()) == settings


def test_hints_keep_probabilities_whole() -> None:
    import numpy as np

    probs = np.full((3, 12, 3), 1 / 3, np.float32)
    out = mixed(probs, [(0, 1, TYPES.index("Task"))], Settings(hint={"Task": 0.5}, doubt=0.2), ("Method", "Task"))
    assert np.allclose(out.sum(2), 1)
    assert out[0, 1, 2] > probs[0, 1, 2] > out[1, 1, 2]


def test_as_a_component_of_spacy() -> None:
    import spacy

    import kg.extract.model_spacy  # noqa: F401  (registers the factory)

    nlp = spacy.blank("en")
    nlp.add_pipe("kg_model")
    doc = nlp(PAPER.text)
    assert "ImageNet" in {e.text for e in doc.ents}
    assert doc._.kg_links


def test_what_many_papers_name_is_seldom_introduced(model: ModelExtractor) -> None:
    from kg.extract.decode import Settings, _with_roles

    heads = model.model.heads
    probs = np.full((3, len(heads.roles)), 1e-6, np.float32)
    probs[:, heads.roles.index("introduces")], probs[:, heads.roles.index("uses")] = 0.7, 0.3
    kept = [
        ("Transformer", "Architecture", ((2, 2), (30, 30)), 0.9),  # in the title of eight words
        ("self-attention", "Architecture", ((20, 20),), 0.9),
        ("Zorbformer", "Architecture", ((25, 25),), 0.9),
    ]
    for share, second in ((1.0, "introduces"), (0.2, "uses")):
        things = _with_roles(heads, kept, probs, Settings(established=share), 8)
        assert [t[2] for t in things] == ["introduces", second, "introduces"]
    assert Settings.from_json(Settings(established=0.2).to_json()).established == 0.2
