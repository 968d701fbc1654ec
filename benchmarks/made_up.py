"""Made-up papers with findings, as many as asked for: the same for the same number, on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SYLLABLES = ("ba", "cro", "dex", "fu", "gan", "hy", "jet", "lor", "mix", "nov", "pra", "qui", "ros", "tal", "vex")
_TYPES = {"Architecture": 5, "Method": 5, "Task": 2, "Dataset": 3, "Metric": 2, "Hardware": 2}
_ROLES = {
    "Architecture": ("uses", "compares_with", "mentions"), "Method": ("uses", "mentions"), "Task": ("addresses",),
    "Dataset": ("evaluates_on",), "Metric": ("measures",), "Hardware": ("targets", "uses"),
}  # fmt: skip


def _names(number: int, rng: random.Random) -> dict[str, list[str]]:
    def name() -> str:
        return "".join(rng.choices(_SYLLABLES, k=3)).capitalize() + f"-{rng.randrange(10000)}"

    return {type: [name() for _ in range(max(20, number * share // 8))] for type, share in _TYPES.items()}


def findings(papers: int, *, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield records of findings: about 19 entities, 8 relations and 3 results a paper."""
    rng = random.Random(seed)
    names = _names(papers, rng)
    for n in range(papers):
        own = f"Own{n}Net"
        entities = [{"name": own, "type": "Architecture", "role": "introduces", "mentions": [own]}]
        for type, share in _TYPES.items():
            # Few names are in most papers and most in few, as in real ones.
            chosen = {names[type][int(len(names[type]) * rng.random() ** 2)] for _ in range(share)}
            entities += [
                {"name": c, "type": type, "role": rng.choice(_ROLES[type]), "mentions": [c]} for c in sorted(chosen)
            ]
        others = entities[1:]
        sentences = [f"We present {own}, which is built from {others[0]['name']}."]
        sentences += [f"Beside {own} it looks at {e['name']} in some depth and with care." for e in others[1:]]
        results = []
        for k in range(3):
            value = round(rng.uniform(1, 99), 1)
            quote = f"it reaches {value}% in trial {k}"
            sentences.append(f"There {quote}.")
            results.append({"subject": own, "metric": "accuracy", "value": value, "unit": "%", "kind": "absolute",
                            "dataset": _first(others, "Dataset"), "quote": quote})  # fmt: skip
        relations = [
            {"head": own, "type": relation, "tail": e["name"]}
            for e in others
            if (relation := {"Architecture": "uses", "Dataset": "evaluated_on", "Hardware": "runs_on"}.get(e["type"]))
        ]
        yield {
            "paper": {"id": f"p{n:07}", "title": f"{own}: a network of study {n}", "abstract": " ".join(sentences),
                      "authors": [f"Author {rng.randrange(papers)}", f"Author {rng.randrange(papers)}"],
                      "date": f"{2012 + n % 14}-{1 + n % 12:02}", "venue": f"Venue {n % 40}"},
            "entities": entities,
            "relations": relations[:8],
            "results": results,
        }  # fmt: skip


def _first(entities: list[dict[str, Any]], type: str) -> str:
    return str(next(e["name"] for e in entities if e["type"] == type))


def write_findings(papers: int, path: Path) -> Path:
    """Write that many papers as a findings file."""
    with path.open("w", encoding="utf-8") as out:
        for record in findings(papers):
            out.write(json.dumps(record) + "\n")
    return path
