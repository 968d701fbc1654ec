"""Sample papers: well-known ones in three formats, to try everything on.

Titles, authors, dates, venues, identifiers and numbers are facts; the abstracts were written for these
samples and are not those of the papers. One paper stands in two files, as in real collections.
"""

from __future__ import annotations

from pathlib import Path


def papers() -> Path:
    """Give the folder of the sample papers.

    >>> sorted(path.name for path in papers().iterdir())
    ['accelerators.bib', 'daily.txt', 'models.jsonl']
    """
    return Path(__file__).parent / "papers"
