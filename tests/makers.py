"""One-line makers of tiny values."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from kg.findings import findings_from_json
from kg.types import Findings, Paper

SHARED = Path(__file__).parent.parent.parent / "shared"


def needs_shared(*parts: str) -> pytest.MarkDecorator:
    """Skip a test where the corpus and gold are not beside the checkout."""
    missing = [p for p in parts or (".",) if not (SHARED / p).exists()]
    return pytest.mark.skipif(bool(missing), reason=f"needs ../shared/{', '.join(missing)}, which is not here")


def lacking(what: str) -> None:
    """Skip, except where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"needs {what}")


def make_paper(title: str = "A Paper", abstract: str = "It says things.", **fields: Any) -> Paper:
    """Make a paper; its id is its title in lower case unless given."""
    return Paper(fields.pop("id", title.casefold().replace(" ", "-")), title, abstract, **fields)


def make_findings(
    title: str,
    abstract: str,
    entities: Iterable[str] = (),
    relations: Iterable[str] = (),
    results: Iterable[dict[str, Any]] = (),
    **fields: Any,
) -> Findings:
    """Make findings from short lines: "Type role name = form, form" and "head relation tail".

    A form that is left out is the name itself.
    """
    links = []
    for line in entities:
        type, role, rest = line.split(" ", 2)
        name, _, forms = rest.partition(" = ")
        links.append({"name": name, "type": type, "role": role, "mentions": (forms or name).split(", ")})
    triples = []
    for line in relations:
        head, type, tail = line.split(" > ")
        triples.append({"head": head, "type": type, "tail": tail})
    record = {
        "paper": {"id": title.casefold().replace(" ", "-"), "title": title, "abstract": abstract, **fields},
        "entities": links,
        "relations": triples,
        "results": list(results),
    }
    return findings_from_json(record)


VIT = make_findings(
    "ViT on FPGA",
    "We present ViTA, a Vision Transformer (ViT) accelerator. "
    "On ImageNet it reaches 79.2% accuracy, 2x faster than a GPU. "
    "It runs on the Alveo U280.",
    [
        "Architecture introduces ViTA",
        "Architecture uses Vision Transformer = Vision Transformer, ViT",
        "Dataset evaluates_on ImageNet",
        "Metric measures accuracy",
        "Hardware targets Alveo U280",
        "Hardware targets FPGA",
        "Hardware compares_with GPU",
    ],
    ["ViTA > variant_of > Vision Transformer", "ViTA > runs_on > Alveo U280", "ViTA > evaluated_on > ImageNet"],
    [
        {"subject": "ViTA", "metric": "accuracy", "value": 79.2, "unit": "%", "kind": "absolute", "dataset": "ImageNet",
         "quote": "it reaches 79.2% accuracy"},
        {"subject": "ViTA", "metric": "speedup", "value": 2, "unit": "x", "kind": "gain", "baseline": "GPU",
         "hardware": "Alveo U280", "quote": "2x faster than a GPU"},
    ],
    authors=["Ada Lovelace", "Alan Turing"], date="2021-03", venue="FCCM",
)  # fmt: skip
BERT = make_findings(
    "BERT in Memory",
    "BERT inference is slow. MemBERT maps BERT to processing-in-memory (PIM) and is tested on GLUE.",
    [
        "Architecture introduces MemBERT",
        "Architecture uses BERT",
        "Hardware targets Processing-in-Memory = processing-in-memory, PIM",
        "Dataset evaluates_on GLUE",
    ],
    ["MemBERT > variant_of > BERT", "MemBERT > runs_on > Processing-in-Memory"],
    authors=["Ada Lovelace"], date="2023",
)  # fmt: skip
