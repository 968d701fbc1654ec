"""`kg build`: from files to a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kg.cli import options
from kg.errors import InputError


@click.command()
@options.papers
@click.option(
    "-o", "--out", required=True, metavar="STORE.kg", type=click.Path(path_type=Path), help="Folder to make or add to."
)
@options.extractor
@options.model
@options.read_as
@click.option("--base", metavar="IRI", help="Namespace of the IRIs of this graph.")
@click.option(
    "--corrections", type=click.Path(path_type=Path), metavar="FILE",
    help="Merges, splits, names, types to hold to; default: corrections.yaml in the store or beside it.",
)  # fmt: skip
@options.min_confidence
@options.workers
@options.strict
def build(papers: tuple[Path, ...], **chosen: Any) -> None:
    """Read PAPERS, extract what they say, and keep the graph in a folder.

    PAPERS are files or folders: saved listings, JSON lines, BibTeX, findings. Papers that the store already
    holds are left alone, new ones are added; a build that was stopped goes on where it was.
    """
    from kg.pipeline import Report
    from kg.pipeline import build as build_graph

    report = Report()
    with options.progress_bar() as progress, build_graph(papers, report=report, progress=progress, **chosen) as graph:
        counts = dict(graph.stats().nodes)
        path = graph.path
    options.tell_skipped(report)
    if report.skipped and not counts["Paper"]:
        raise InputError("no paper could be read", hint="see the list above")
    click.echo(
        f"{counts.pop('Paper')} papers ({report.added} new, {report.unchanged} unchanged, {report.repeats} repeats)"
    )
    click.echo(", ".join(f"{n} {kind.lower()}" for kind, n in counts.items()))
    click.echo(f"{path}")
