"""JSON lines: plain papers, findings and annotations, one record a line (or one JSON list)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg.errors import BrokenRecord, EncodingError
from kg.findings import findings_from_json, is_findings, paper_from_json
from kg.read.identity import clean
from kg.read.text import check, numbered_lines, read_text
from kg.types import Findings, Paper

#: Names that common exports use, and ours.
ALIASES = {
    "summary": "abstract",
    "abstractText": "abstract",
    "author": "authors",
    "published": "date",
    "publication_date": "date",
    "journal": "venue",
    "booktitle": "venue",
    "arxiv_id": "arxiv",
    "arxivId": "arxiv",
    "arXiv": "arxiv",
    "DOI": "doi",
}


def read_jsonl(path: Path) -> Iterator[Paper | Findings | BrokenRecord]:
    """Read one record a line: a paper with at least a title, or findings or an annotation as they are.

    A line that is no JSON, is not UTF-8, or holds words that are not in its text is a broken record.
    """
    brackets: bool | None = None
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        if brackets is None:
            brackets = line.strip() == "[" or line.lstrip().startswith(("[{", "[ {", "[]"))
            if brackets:
                yield from _read_list(path)
                return
        yield _record(line, path, number)


def _record(line: str, path: Path, number: int) -> Paper | Findings | BrokenRecord:
    try:
        check(line, path, number)
        record = json.loads(line, parse_constant=_refuse)
        return _understand(record, path)
    except (BrokenRecord, EncodingError) as error:
        return BrokenRecord(error.what, where=path, line=number, hint=error.hint)
    except json.JSONDecodeError as error:
        hint = "one JSON object a line" + ("; is this one cut off?" if error.pos >= len(line) - 1 else "")
        return BrokenRecord(f"not JSON at column {error.colno}: {error.msg}", where=path, line=number, hint=hint)
    except (ValueError, RecursionError) as error:
        return BrokenRecord(f"not usable JSON: {error}", where=path, line=number)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _read_list(path: Path) -> Iterator[Paper | Findings | BrokenRecord]:
    """Read a file that is one JSON list; its items have no lines of their own."""
    try:
        records = json.loads(read_text(path), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        yield BrokenRecord(f"not JSON at column {error.colno}: {error.msg}", where=path, line=error.lineno)
        return
    except (ValueError, RecursionError) as error:
        yield BrokenRecord(f"not usable JSON: {error}", where=path)
        return
    for n, record in enumerate(records, 1):
        try:
            yield _understand(record, path)
        except BrokenRecord as error:
            yield BrokenRecord(f"record {n} of the list: {error.what}", where=path, hint=error.hint)


def _understand(record: Any, path: Path) -> Paper | Findings:
    if not isinstance(record, Mapping):
        raise BrokenRecord(f"a record is a JSON object, not {type(record).__name__}")
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BrokenRecord("half of a surrogate pair is no character", hint="cut inside an emoji?") from error
    if is_findings(record):
        return findings_from_json(record)
    nested = record.get("paper")
    given = dict(nested if isinstance(nested, Mapping) else record)
    for theirs, ours in ALIASES.items():
        if theirs in given and not given.get(ours):
            given[ours] = given.pop(theirs)
    try:
        paper = clean(paper_from_json(given), explicit_id=bool(given.get("id")))
    except (TypeError, ValueError, AttributeError) as error:
        raise BrokenRecord(f"not a paper: {error}", hint="title, abstract, venue and url are text") from error
    return paper if paper.source else replace(paper, source=path.name)
