"""Mentions of one paper, brought together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.extract.group import abbreviates, group, normal, singular

TOGETHER = [
    ("Zorb Network and zorb-networks", "Zorb Network", "zorb-networks"),
    ("QuuxNet model and QuuxNet", "QuuxNet model", "QuuxNet"),
    ("wide open fields (WOF) and WOFs", "wide open fields", "WOFs"),
    ("a Very Odd Transformer, later VOT", "Very Odd Transformer", "VOT"),
    ("ViT and Vision Transformer", "ViT", "Vision Transformer"),
    ("OOD (out-of-distribution) tests: OOD localization, out-of-distribution localization",
     "OOD localization", "out-of-distribution localization"),
    ("Zed: Zonal-Echo Dots. We present ZEDots", "Zonal-Echo Dots", "ZEDots"),
    ("a soft Quartz Filter Engine (QFE) module and the QFE", "soft Quartz Filter Engine", "QFE"),
    ("a vast fickle lattice (VFL) module; VFL", "vast fickle lattice (VFL) module", "VFL"),
    ("the Weighted Averaging of Depths, or depth-weighted average", "Weighted Averaging of Depths",
     "depth-weighted average"),
    ("detecting open lanes, open lane detection", "detecting open lanes", "open lane detection"),
    ("key-value caches and a key-value cache", "key-value caches", "key-value cache"),
]  # fmt: skip
APART = [
    ("FooNet-50 and FooNet-101", "FooNet-50", "FooNet-101"),
    ("embedded FPGA, embedded device", "embedded FPGA", "embedded device"),
    ("CIFAR-10 and CIFAR-100", "CIFAR-10", "CIFAR-100"),
    ("an embedded FPGA next to an FPGA", "embedded FPGA", "FPGA"),
    ("an FPGA accelerator on an FPGA", "FPGA accelerator", "FPGA"),
    ("image-to-text generation and text-to-image generation", "image-to-text generation", "text-to-image generation"),
    ("hierarchical Vision Transformers (ViTs) and a ViT", "hierarchical Vision Transformers", "ViT"),
    ("Key-Spread Zoom (KSZOOM) and Dynamic Key-Spread Zoom (DZOOM)", "KSZOOM", "DZOOM"),
    ("NTU-RGB+D and NTU-RGB+D 120", "NTU-RGB+D", "NTU-RGB+D 120"),
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


def test_an_abbreviation_means_what_the_paper_says() -> None:
    text = "the DPU (distal prostatic urethra); a DPU"
    (part,) = group(text, [(4, 7, "Hardware"), (9, 33, "Hardware"), (38, 41, "Hardware")])
    assert part.name == "DPU"
    text = "sentiment analysis (SA) needs SA, super-resolution"
    assert [g.name for g in group(text, [(20, 22, "Hardware"), (30, 32, "Hardware")])] == ["SA"]
    assert [g.name for g in group("systolic arrays (SA) and SA", [(17, 19, "Hardware")])] == ["systolic array"]


def test_the_lexicon_names_a_group() -> None:
    text = "Several ViTs were trained."
    assert group(text, [(8, 12, "Architecture")])[0].name == "Vision Transformer"


def test_a_class_noun_hides_no_name_of_the_lexicon() -> None:
    text = "one RTX 4090, two NVIDIA RTX 4090 GPUs"
    (device,) = group(text, [(4, 12, "Hardware"), (18, 38, "Hardware")])
    assert device.name == "NVIDIA GeForce RTX 4090"


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("caches", "cache"),
        ("sizes", "size"),
        ("cameras", "camera"),
        ("canvas", "canvas"),
        ("axes", "axe"),
        ("Transformers", "Transformer"),
        ("FPGAs", "FPGA"),
        ("memories", "memory"),
        ("GLUES", "GLUES"),
        ("loss", "loss"),
    ],
)
def test_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_normal_ignores_how_it_is_written() -> None:
    assert normal("Pre-trained  Models") == normal("pretrained model")


ABBREVIATIONS = [
    ("QSD-Transformer", "quantized spike-driven Transformer"), ("FFNet", "Fast-Forward Networks"),
    ("O2SFormer", "One-to-Several Transformer"), ("I3CL", "Intra- and Inter-Instance Collaborative Learning"),
    ("DnCNN", "denoising convolutional neural network"), ("CURL", "neural CURve Layers"),
    ("DRESS", "Deep REinforcement Sentence Simplification"), ("SMMix", "Self-Motivated Image Mixing"),
    ("ViM2", "Vision MambaMixer"), ("KinD", "Kindling the Darkness"), ("JiT", "Just image Transformers"),
]  # fmt: skip
OTHERS = [
    ("QSD", "quantized silent driver of kings"), ("MoMask", "Masked Models"), ("Flamingo", "Open Flamingo"),
    ("HBM2", "HBM memory"), ("GPU", "low-resource GPUs"), ("PyTorch", "PyTorch JIT"), ("MLP", "sparse all-MLPs"),
    ("LRA", "Long Memory Arena"), ("a", "any"), ("2", "to two"),
]  # fmt: skip


@pytest.mark.parametrize(("short", "long"), ABBREVIATIONS)
def test_abbreviates(short: str, long: str) -> None:
    assert abbreviates(short, long)


@pytest.mark.parametrize(("short", "long"), OTHERS)
def test_does_not_abbreviate(short: str, long: str) -> None:
    assert not abbreviates(short, long)


@given(st.text(alphabet="ABab234 (-.", max_size=24), st.text(alphabet="ABab234 (-.", max_size=40))
def test_any_two_forms_can_be_held_together(one: str, other: str) -> None:
    text = f"{one} ({other}) {other}"
    spans = [(0, len(one), "Method"), (len(one) + 2, len(one) + 2 + len(other), "Method")]
    spans = [s for s in spans if s[0] < s[1]]
    assert sorted(span for g in group(text, spans) for span in g.spans) == [s[:2] for s in sorted(set(spans))]
