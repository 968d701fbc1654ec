"""Findings come and go as JSON without losing a character."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import BERT, SHARED, VIT, needs_shared

from kg.errors import BrokenRecord
from kg.findings import findings_from_json, findings_to_json, occurrences, paper_from_json, sentence_spans
from kg.types import Findings


@pytest.mark.parametrize("findings", [VIT, BERT], ids=["vit", "bert"])
def test_round_trip(findings: Findings) -> None:
    assert findings_from_json(json.loads(json.dumps(findings_to_json(findings)))) == findings


def test_gold_line_with_plain_mentions() -> None:
    record = {
        "id": "g1", "title": "ViT and ViT-B", "abstract": "ViT is 2x faster.",
        "entities": [
            {"name": "Vision Transformer", "type": "Architecture", "role": "uses", "mentions": ["ViT"]},
            {"name": "ViT-B", "type": "Architecture", "role": "introduces", "mentions": ["ViT-B"]},
        ],
        "relations": [{"head": "ViT-B", "type": "variant_of", "tail": "Vision Transformer"}],
        "results": [{"metric": "speed", "value": 2, "unit": "x", "kind": "gain", "quote": "2x faster"}],
    }  # fmt: skip
    f = findings_from_json(record)
    assert [(m.start, m.end) for m in f.links[0].mentions] == [(0, 3), (14, 17)]
    assert f.relations[0].evidence is not None
    assert f.relations[0].evidence.quote == "ViT and ViT-B"
    assert f.results[0].evidence is not None
    assert f.results[0].evidence.start == 21


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entities": [{"name": "a", "type": "Animal", "mentions": ["ViT"]}]}, "unknown type 'Animal'"),
        ({"entities": [{"name": "a", "type": "Task", "role": "likes", "mentions": ["ViT"]}]}, "unknown role"),
        ({"entities": [{"name": "a", "type": "Task", "role": "uses", "mentions": ["nowhere"]}]}, "not in the text"),
        ({"entities": [{"name": "a", "type": "Task", "role": "uses", "mentions": []}]}, "has no mention"),
        (
            {"entities": [{"name": "a", "type": "Task", "mentions": [{"text": "ViT", "start": 3, "end": 6}]}]},
            "is not at 3",
        ),
        ({"relations": [{"head": "x", "type": "uses", "tail": "y"}]}, "is no entity"),
        ({"results": [{"metric": "m", "value": "many", "unit": "", "kind": "gain"}]}, "not findings"),
        ({"title": "", "abstract": " "}, "no title"),
        ({"text": "something else"}, "text is not title"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, object], message: str) -> None:
    record = {"id": "p", "title": "ViT", "abstract": "A ViT.", "entities": [], **change}
    with pytest.raises(BrokenRecord, match=message):
        findings_from_json(record)


@given(st.text(alphabet="ab -\n", max_size=30), st.sets(st.text(alphabet="ab-", min_size=1, max_size=4), max_size=4))
def test_occurrences_are_verbatim_and_do_not_overlap(text: str, forms: set[str]) -> None:
    found = [m for ms in occurrences(text, dict.fromkeys(forms)).values() for m in ms]
    assert all(text[m.start : m.end] == m.text for m in found)
    chars = [c for m in found for c in range(m.start, m.end)]
    assert len(chars) == len(set(chars))


@given(st.text(max_size=200))
def test_sentences_cover_all_that_is_not_blank(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b and text[a:b] == text[a:b].strip() for a, b in spans)
    assert "".join(text[a:b] for a, b in spans).replace(" ", "").split() == "".join(text.split(" ")).split() or len(
        "".join("".join(text[a:b] for a, b in spans).split())
    ) == len("".join(text.split()))


@pytest.mark.parametrize(
    ("record", "authors"),
    [
        ({"authors": "A. One; B. Two"}, ("A. One", "B. Two")),
        ({"authors": ["A. One", {"name": "B. Two"}]}, ("A. One", "B. Two")),
        ({}, ()),
    ],
)
def test_authors_in_several_shapes(record: dict[str, object], authors: tuple[str, ...]) -> None:
    assert paper_from_json({"title": "T", **record}).authors == authors


@needs_shared("gold")
@pytest.mark.parametrize("name", ["seeds_dev", "hardware_dev", "ml_dev"])
def test_all_gold_reads(name: str) -> None:
    lines = (SHARED / "gold" / f"{name}.jsonl").read_text("utf-8").splitlines()
    for line in lines:
        f = findings_from_json(json.loads(line))
        assert all(f.paper.text[m.start : m.end] == m.text for link in f.links for m in link.mentions)
