"""Readers: from a file to papers. One function per format and one row here.

A reader takes a path and yields `Paper` or, where the file already says what a paper says, `Findings`.
A broken record is yielded as a `BrokenRecord` (with file and line), so that the records after it are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from kg.errors import BrokenRecord
from kg.registry import Registry
from kg.types import Findings, Paper

Record = Paper | Findings | BrokenRecord
Reader = Callable[[Path], Iterator[Record]]

READERS: Registry[Reader] = Registry(
    "reader",
    {
        "jsonl": "kg.read.jsonl:read_jsonl",
        "bibtex": "kg.read.bibtex:read_bibtex",
        "listing": "kg.read.listing:read_listing",
    },
    group="kg.readers",
)
