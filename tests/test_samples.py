"""The sample papers: all formats, all clean, each once."""

from __future__ import annotations

from kg.read import format_of, read_path
from kg.read.identity import deduplicate
from kg.samples import papers
from kg.types import Paper

RECORDS = list(read_path(papers()))


def test_samples_show_every_reader_and_have_no_broken_record() -> None:
    assert {format_of(p) for p in papers().iterdir()} == {"bibtex", "jsonl", "listing"}
    assert all(isinstance(r, Paper) for r in RECORDS)


def test_one_sample_stands_in_two_files() -> None:
    assert len(RECORDS) == 55
    assert len(list(deduplicate(RECORDS))) == 54


def test_every_sample_has_what_a_citation_needs() -> None:
    for paper in deduplicate(RECORDS):
        assert isinstance(paper, Paper)
        assert paper.date
        assert 450 < len(paper.abstract) < 900, paper.title
        assert "  " not in paper.text
        assert paper.authors or paper.source == "daily.txt", paper.title
