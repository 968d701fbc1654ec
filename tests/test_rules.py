"""The rules extractor on small papers, and on texts that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import make_paper

from kg.extract.rules import Rules, load_rules
from kg.findings import findings_from_json
from kg.types import Findings


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def read(rules: Rules, title: str, abstract: str = "") -> Findings:
    return next(rules.extract([make_paper(title, abstract)]))


#: title, abstract -> (form in the text, type, role)
PAPERS = [
    ("ZorbFormer: Striped Transformers for Image Classification", "We evaluate on ImageNet.", [
        ("ZorbFormer", "Architecture", "introduces"),
        ("Transformers", "Architecture", "uses"),
        ("Image Classification", "Task", "addresses"),
        ("ImageNet", "Dataset", "evaluates_on"),
    ]),
    ("Fast inference", "We propose Quibble, a quantization framework for LLMs on an FPGA.", [
        ("Quibble", "Method", "introduces"),
        ("LLMs", "Architecture", "uses"),
        ("FPGA", "Hardware", "targets"),
    ]),
    ("On memory", "We present Memzap, a processing-in-memory accelerator. It outperforms a GPU.", [
        ("Memzap", "Hardware", "introduces"),
        ("GPU", "Hardware", "compares_with"),
    ]),
    ("On words", "We propose a novel dynamic matching loss for machine translation.", [
        ("dynamic matching loss", "Method", "introduces"),
        ("machine translation", "Task", "addresses"),
    ]),
    ("Quick", "It reaches 17.7 mW power and 80% accuracy with ResNet-50.", [
        ("power", "Metric", "measures"),
        ("accuracy", "Metric", "measures"),
        ("ResNet-50", "Architecture", "uses"),
    ]),
    ("On graphs", "We test it on the FooBar-1K and QuxSet datasets.", [
        ("FooBar-1K", "Dataset", "evaluates_on"),
        ("QuxSet", "Dataset", "evaluates_on"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("title", "abstract", "expected"), PAPERS, ids=[p[0] for p in PAPERS])
def test_links(rules: Rules, title: str, abstract: str, expected: list[tuple[str, str, str]]) -> None:
    findings = read(rules, title, abstract)
    found = {(m.text, link.type, link.role) for link in findings.links for m in link.mentions}
    assert set(expected) <= found


def test_general_words_are_no_names(rules: Rules) -> None:
    assert read(rules, "A complex model", "The network learns features from large data at high cost.").links == ()


def test_common_words_need_their_capitals(rules: Rules) -> None:
    found = read(rules, "Notes", "We adam the glue on a squad of dino.")
    forms = {m.text for link in found.links for m in link.mentions}
    assert not forms & {"adam", "glue", "squad", "dino"}


def test_relations_and_results(rules: Rules) -> None:
    findings = read(
        rules,
        "ZorbFormer: A Transformer for Image Classification",
        "We propose ZorbFormer, a Transformer. On ImageNet ZorbFormer reaches 84.1% top-1 accuracy. "
        "It is 2.5x faster than DeiT.",
    )
    stated = {(r.head, r.type, r.tail) for r in findings.relations}
    assert ("ZorbFormer", "variant_of", "Transformer") in stated
    assert ("ZorbFormer", "evaluated_on", "ImageNet") in stated
    assert ("ZorbFormer", "outperforms", "DeiT") in stated
    assert [(r.subject, r.metric, r.value, r.unit, r.kind, r.dataset) for r in findings.results] == [
        ("ZorbFormer", "top-1 accuracy", 84.1, "%", "absolute", "ImageNet"),
        ("ZorbFormer", "speedup", 2.5, "x", "gain", None),
    ]
    assert findings.results[1].baseline == "DeiT"


def test_settings_are_no_results(rules: Rules) -> None:
    findings = read(rules, "Notes", "We use 4-bit weights, 28 nm chips, 512 tokens, a 7B model and System 2 in 2019.")
    assert findings.results == ()


ODD = [
    ("Untitled", ""),
    ("!!! ???", "$$$ --- ((( %%% \\\\ {}{} ~~~"),
    ("Une étude", "Nous présentons une méthode pour la traduction automatique des textes littéraires."),
    ("数据", "我们提出了一种新的方法。" * 20),
    ("İstanbul ﬁne ǅ", "ẞ and İ change length when folded: Vision Transformer and vision transformer."),
    ("a", "\u0000\u200b\ufeff\n\n\t"),
]


@pytest.mark.parametrize(("title", "abstract"), ODD)
def test_odd_texts_do_no_harm(rules: Rules, title: str, abstract: str) -> None:
    findings = read(rules, title, abstract)
    assert findings_from_json(findings.to_json()) is not None


def test_long_text_is_read_to_its_end(rules: Rules) -> None:
    body = "This sentence says nothing that anybody could want to know about. " * 30000
    findings = read(rules, "Long", body + "Finally we evaluate on ImageNet.")
    (dataset,) = (link for link in findings.links if link.type == "Dataset")
    assert dataset.mentions[0].start > 1_900_000


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_offsets_hold_on_any_text(rules: Rules, text: str) -> None:
    findings = read(rules, "A title", text)
    whole = findings.paper.text
    for link in findings.links:
        assert all(whole[m.start : m.end] == m.text for m in link.mentions)
    for r in (*findings.relations, *findings.results):
        assert r.evidence is not None
        assert whole[r.evidence.start : r.evidence.end] == r.evidence.quote


def test_same_findings_every_time(rules: Rules) -> None:
    papers = [make_paper(title, abstract) for title, abstract, _ in PAPERS]
    first = [f.to_json() for f in rules.extract(papers)]
    assert [f.to_json() for f in load_rules().extract(papers)] == first
    assert load_rules().version == rules.version


def test_as_components_of_spacy(rules: Rules) -> None:
    from kg.extract.rules_spacy import pipeline

    nlp = pipeline()
    assert nlp.analyze_pipes()["problems"] == {name: [] for name in nlp.pipe_names}
    for title, abstract, _ in PAPERS:
        doc = nlp(f"{title}\n{abstract}")
        (found,) = rules.extract([make_paper(title, abstract)])
        assert [(link.name, link.type, link.role) for link in doc._.kg_links] == [
            (link.name, link.type, link.role) for link in found.links
        ]
        assert len(doc._.kg_relations) == len(found.relations)
        assert len(doc._.kg_results) == len(found.results)


def test_a_defined_abbreviation_is_not_the_lexicons(rules: Rules) -> None:
    forms = {
        m.text: x.type
        for x in read(rules, "On maps", "A class activation map (CAM) shows. A CAM.").links
        for m in x.mentions
    }
    assert forms.get("CAM") != "Hardware"
    found = read(rules, "On cells", "A content-addressable memory (CAM) is fast.")
    assert ("CAM", "Hardware") in {(m.text, x.type) for x in found.links for m in x.mentions}
