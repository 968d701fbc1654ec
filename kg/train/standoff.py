"""Annotations that stand off from their texts: they may be passed on where the texts may not.

A line of such a file is one paper, with places counted in characters of "title\\nabstract":

    {"id": "u0001", "text": "<first 16 digits of the text's sha256>",
     "entities": [["CrossViT", "Architecture", "introduces", [[0, 8], [120, 128]]], ...],
     "relations": [[0, "variant_of", 3], ...],
     "results": [{"metric": "accuracy", "value": 2, "unit": "%", "kind": "gain", "subject": 0, "quote": [310, 360]}]}

A mention is the first place of each distinct wording, as in the gold format; numbers name entities by their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kg.errors import BrokenRecord

#: What a result may say besides its number, as names of entities.
_NAMED = ("subject", "baseline", "dataset", "hardware")
_PLAIN = ("metric", "value", "value_high", "unit", "kind")


def fingerprint(text: str) -> str:
    """Name a text by its content.

    >>> fingerprint("A title")
    '0a9a20f49dbd4222'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def detach(record: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a paper in the gold format into a line without its text."""
    text = f"{record['title']}\n{record.get('abstract') or ''}"
    place = {e["name"]: n for n, e in enumerate(record["entities"])}

    def span(words: str) -> list[int]:
        start = text.find(words)
        if start < 0:
            raise BrokenRecord(f"{words!r} is not in the text", where=record.get("id"))
        return [start, start + len(words)]

    entities = [[e["name"], e["type"], e["role"], [span(m) for m in e["mentions"]]] for e in record["entities"]]
    relations = [[place[r["head"]], r["type"], place[r["tail"]]] for r in record.get("relations", ())]
    results = [
        {
            **{k: r[k] for k in _PLAIN if r.get(k) is not None},
            **{k: place[r[k]] for k in _NAMED if r.get(k) is not None},
            "quote": span(r["quote"]),
        }
        for r in record.get("results", ())
    ]
    return {
        "id": record["id"], "text": fingerprint(text), "entities": entities, "relations": relations,
        "results": results,
    }  # fmt: skip


def attach(line: Mapping[str, Any], title: str, abstract: str) -> dict[str, Any]:
    """Give a line its text back: a paper in the gold format. BrokenRecord if it is not the text that was annotated."""
    text = f"{title}\n{abstract}"
    where = line.get("_where") or line.get("id")
    if fingerprint(text) != line.get("text"):
        raise BrokenRecord("the text is not the one that was annotated", where=where)
    try:
        names = [e[0] for e in line["entities"]]
        return {
            "id": line["id"],
            "title": title,
            "abstract": abstract,
            "entities": [
                {"name": name, "type": type, "role": role, "mentions": [text[a:b] for a, b in places]}
                for name, type, role, places in line["entities"]
            ],
            "relations": [{"head": names[h], "type": type, "tail": names[t]} for h, type, t in line["relations"]],
            "results": [
                {
                    **{k: r.get(k) for k in _PLAIN if k != "value_high" or k in r},
                    **{k: names[r[k]] if k in r else None for k in _NAMED},
                    "quote": text[slice(*r["quote"])],
                }
                for r in line["results"]
            ],
            **({"_where": line["_where"]} if "_where" in line else {}),
        }
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BrokenRecord(f"not an annotation without its text: {error!r}", where=where) from error


def attach_all(lines: Iterable[Mapping[str, Any]], texts: Iterable[Path]) -> list[dict[str, Any]]:
    """Give all lines that lack it their text, from files of papers (`{"id", "title", "abstract"}`); others stay."""
    from kg.train.examples import json_lines

    known: dict[str, tuple[str, str]] = {}
    for path, n, record in json_lines(texts):
        try:
            known[str(record["id"])] = record["title"], record.get("abstract") or ""
        except (KeyError, TypeError, AttributeError) as error:
            raise BrokenRecord(f"a text needs id and title: {error!r}", where=path, line=n) from error
    return [_whole(line, known) for line in lines]


def _whole(line: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    if "title" in line or not any(isinstance(e, list) for e in line["entities"]):
        return dict(line)
    if line["id"] not in known:
        raise BrokenRecord(
            f"the text of {line['id']} is missing", where=line.get("_where"), hint="name its file: --texts"
        )
    return attach(line, *known[line["id"]])
