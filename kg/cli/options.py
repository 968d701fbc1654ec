"""Options that several commands share, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from kg.pipeline import Progress, Report

F = TypeVar("F", bound=Callable[..., Any])

store = click.argument("store", metavar="STORE.kg", type=click.Path(path_type=Path))
papers = click.argument("papers", metavar="PAPERS...", nargs=-1, required=True, type=click.Path(path_type=Path))
min_confidence = click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0.0, metavar="P", help="Leave out what is less certain."
)
strict = click.option("--strict", is_flag=True, help="Stop at the first broken record instead of skipping it.")
read_as = click.option("--format", "format", metavar="NAME", help="Read every file as this format instead of guessing.")
model = click.option("--model", type=click.Path(path_type=Path), help="A model made by `kg train`.")
extractor = click.option("--extractor", metavar="NAME", help="rules, or model (the default where one is installed).")
workers = click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Processes that extract; default: by size."
)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show the stages of a build as a bar on stderr when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def tell_skipped(report: Report, *, most: int = 20) -> None:
    """List on stderr what a build skipped, and other notes."""
    for note in report.notes:
        click.secho(f"note: {note}", fg="yellow", err=True)
    if report.skipped:
        click.secho(f"skipped {len(report.skipped)} broken records:", fg="yellow", err=True)
        for error in report.skipped[:most]:
            click.echo(f"  {error}", err=True)
        if len(report.skipped) > most:
            click.echo(f"  ... and {len(report.skipped) - most} more", err=True)
