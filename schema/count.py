"""Write into the lexicon in how many abstracts the rules find each of its names.

    python schema/count.py ABSTRACTS.jsonl...

The fact `seen` of a row is that number, where it is 5 or more. What many papers name is seldom what one of them
introduces (`kg.extract.decode`). The numbers that ship were counted on the 8,000 abstracts of `../shared/texts`.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kg.pipeline import extract
from kg.schema import COLUMNS

LEAST = 5
FOLDER = Path(__file__).with_name("lexicon")


def count(papers: Iterable[Path]) -> Counter[tuple[str, str]]:
    """Count the papers that the rules find each name and type in."""
    seen: Counter[tuple[str, str]] = Counter()
    for findings in extract(papers, extractor="rules"):
        seen.update({(link.name, link.type) for link in findings.links})
    return seen


def write(folder: Path, seen: Counter[tuple[str, str]]) -> None:
    """Put the counts into the rows of every file of the lexicon, in place of those before."""
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows:
            facts = [f for f in row["facts"].split("|") if f and not f.startswith("seen=")]
            n = seen[row["name"], row["type"]]
            row["facts"] = "|".join([*facts, f"seen={n}"] if n >= LEAST else facts)
        path.write_text(
            "".join("\t".join(line) + "\n" for line in (COLUMNS, *([r[c] for c in COLUMNS] for r in rows))),
            encoding="utf-8",
        )


if __name__ == "__main__":
    write(FOLDER, count([Path(p) for p in sys.argv[1:]]))
