"""`kg extract` and `kg evaluate`: what papers say, and how right that is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from kg.cli import options


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Write to a file that appears only when it is complete, or to stdout."""
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_lines(out: TextIO, records: Iterable[dict[str, Any]]) -> int:
    n = 0
    for record in records:
        out.write(json.dumps(record, ensure_ascii=False) + "\n")
        n += 1
    return n


@click.command()
@options.papers
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="Where to write; default: stdout.")
@options.extractor
@options.model
@click.option(
    "--format", "format_", type=click.Choice(["findings", "spans"]), default="findings", show_default=True,
    help="spans: read and write span files, with the labels of the model.",
)  # fmt: skip
@options.min_confidence
@options.workers
@options.strict
def extract(
    papers: tuple[Path, ...],
    out: Path | None,
    extractor: str | None,
    model: Path | None,
    format_: str,
    min_confidence: float,
    workers: int | None,
    strict: bool,
) -> None:
    """Read PAPERS and write what each says, one JSON line a paper, without keeping a graph.

    The lines can be read again by kg build and kg evaluate.
    """
    if format_ == "spans":
        if model is None:
            raise click.UsageError("--format spans needs --model, the model whose labels to use")
        from kg.extract.model import extract_spans

        with _output(out) as file:
            found = _write_lines(file, extract_spans(papers, model))
        click.echo(f"{found} texts", err=True)
        return
    from kg.pipeline import Report
    from kg.pipeline import extract as extract_findings

    report = Report()
    with options.progress_bar() as progress, _output(out) as file:
        findings = extract_findings(
            papers, extractor=extractor, model=model, strict=strict, workers=workers or 1,
            min_confidence=min_confidence, report=report, progress=progress,
        )  # fmt: skip
        found = _write_lines(file, (f.to_json() for f in findings))
    options.tell_skipped(report)
    click.echo(f"{found} papers", err=True)


@click.command()
@click.argument("gold", metavar="GOLD.jsonl...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--findings", metavar="FILE", type=click.Path(path_type=Path), help="Score these findings; default: extract anew."
)
@options.extractor
@options.model
@options.min_confidence
@click.option(
    "--rows", metavar="OUT.tsv", type=click.Path(path_type=Path), help="Write one line a paper: what was missed."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(
    gold: tuple[Path, ...],
    findings: Path | None,
    extractor: str | None,
    model: Path | None,
    min_confidence: float,
    rows: Path | None,
    as_json: bool,
) -> None:
    """Score findings, or an extractor, against the annotated papers in GOLD.

    Prints precision, recall and F1 of mentions, entities, links, relations and results, and how far
    confidence can be trusted: the expected calibration error, and the share that is right in each band.
    """
    from kg.evaluate import evaluate as score
    from kg.evaluate import read_findings, report, to_json, write_rows
    from kg.pipeline import only
    from kg.workers import load_extractor

    wanted = [f for path in gold for f in read_findings(path)]
    if findings is not None:
        found = list(read_findings(findings))
    else:
        found = list(load_extractor(extractor, model=model).extract(f.paper for f in wanted))
    evaluation = score(wanted, (only(f, min_confidence) for f in found))
    if rows is not None:
        write_rows(evaluation, rows)
    click.echo(to_json(evaluation) if as_json else report(evaluation))
