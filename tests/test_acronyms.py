"""Abbreviations that a text defines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.extract.acronyms import definitions

TEXTS = [
    ("A Field-Programmable Gate Array (FPGA) is used.", [("FPGA", "Field-Programmable Gate Array")]),
    ("Large language models (LLMs) grow.", [("LLMs", "Large language models")]),
    ("FPGA (field-programmable gate array) boards.", [("FPGA", "field-programmable gate array")]),
    ("the Language-Bridged Duplex Transfer (LBDT) module", [("LBDT", "Language-Bridged Duplex Transfer")]),
    ("Processing-in-memory (PIM) and vision Transformers (ViTs).",
     [("PIM", "Processing-in-memory"), ("ViTs", "vision Transformers")]),
    ("deep learning (e.g., CNNs) and more (see Fig. 2)", []),
    ("We ran it (twice).", []),
    ("Proximal Policy Optimization (PPO) and a bifurcated backbone strategy (BBS)",
     [("PPO", "Proximal Policy Optimization"), ("BBS", "bifurcated backbone strategy")]),
    ("long-range Transformer models (Reformers, Linformers, and Performers)", []),
    ("neural processing units (NPUs, TPUs)", [("NPUs", "neural processing units")]),
    ("Learning from Label Proportions (LLP)", [("LLP", "Learning from Label Proportions")]),
    ("a transformer-based text embedding (TTE) is", [("TTE", "transformer-based text embedding")]),
    ("the TPV space, we further propose a former (TPVFormer)", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=[t for t, _ in TEXTS])
def test_definitions(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(d.short, d.long) for d in definitions(text)] == expected


@given(st.text(alphabet="ABab (),.-\n", max_size=120))
def test_offsets_hold_on_any_text(text: str) -> None:
    for d in definitions(text):
        assert text[d.short_start : d.short_end] == d.short
        assert text[d.long_start : d.long_end] == d.long
