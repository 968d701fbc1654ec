"""Mentions of one paper, brought together."""

from __future__ import annotations

import pytest

from kg.extract.group import abbreviates, group, normal, singular

TOGETHER = [
    ("Zorb Network and zorb-networks", "Zorb Network", "zorb-networks"),
    ("QuuxNet model and QuuxNet", "QuuxNet model", "QuuxNet"),
    ("wide open fields (WOF) and WOFs", "wide open fields", "WOFs"),
    ("a Very Odd Transformer, later VOT", "Very Odd Transformer", "VOT"),
    ("ViT and Vision Transformer", "ViT", "Vision Transformer"),
    ("OOD (out-of-distribution) tests: OOD localization, out-of-distribution localization",
     "OOD localization", "out-of-distribution localization"),
]  # fmt: skip
APART = [
    ("FooNet-50 and FooNet-101", "FooNet-50", "FooNet-101"),
    ("embedded FPGA, embedded device", "embedded FPGA", "embedded device"),
    ("CIFAR-10 and CIFAR-100", "CIFAR-10", "CIFAR-100"),
]


def grouped(text: str, *forms: str, type: str = "Architecture") -> int:
    return len(group(text, [(text.rindex(f), text.rindex(f) + len(f), type) for f in forms]))


@pytest.mark.parametrize(("text", "one", "other"), TOGETHER)
def test_one_thing(text: str, one: str, other: str) -> None:
    spans = [(text.index(one), text.index(one) + len(one)), (text.rindex(other), text.rindex(other) + len(other))]
    assert len(group(text, [(s, e, "Architecture") for s, e in spans])) == 1


@pytest.mark.parametrize(("text", "one", "other"), APART)
def test_two_things(text: str, one: str, other: str) -> None:
    assert grouped(text, one, other) == 2


def test_types_stay_apart_and_groups_stand_in_order() -> None:
    text = "Beta, Alpha and Beta"
    groups = group(text, [(16, 20, "Method"), (0, 4, "Dataset"), (6, 11, "Method")])
    assert [(g.name, g.type, g.spans) for g in groups] == [
        ("Beta", "Dataset", ((0, 4),)), ("Alpha", "Method", ((6, 11),)), ("Beta", "Method", ((16, 20),))
    ]  # fmt: skip


def test_the_lexicon_names_a_group() -> None:
    text = "Several ViTs were trained."
    assert group(text, [(8, 12, "Architecture")])[0].name == "Vision Transformer"


@pytest.mark.parametrize(
    ("plural", "one"),
    [("Transformers", "Transformer"), ("FPGAs", "FPGA"), ("memories", "memory"), ("GLUES", "GLUES"), ("loss", "loss")],
)
def test_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_normal_ignores_how_it_is_written() -> None:
    assert normal("Pre-trained  Models") == normal("pretrained model")


def test_abbreviates_needs_the_initials() -> None:
    assert abbreviates("QSD", "quantized spike-driven")
    assert not abbreviates("QSD", "quantized silent driver of kings")
