"""`kg explore`: open the graph in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli import options


@click.command()
@options.store
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PAGE.html",
    help="Where to write the page; by default beside the graph.",
)
@click.option("--view", metavar="NAME", help="Only the neighbourhood of this thing.")
@click.option("--no-open", is_flag=True, help="Write the page and open nothing.")
@options.min_confidence
def explore(store: Path, out: Path | None, view: str | None, no_open: bool, min_confidence: float) -> None:
    """Write the graph as one page and open it: search, filters, results, and the words behind every edge.

    The page needs no network and no server; it can be sent to anyone as it is.
    """
    import webbrowser

    from kg.export import export
    from kg.graph import load

    out = out or store.resolve().with_suffix(".html")
    with load(store, min_confidence=min_confidence) as graph:
        export(graph, out, format="html", **({"view": view} if view else {}))
    click.echo(f"wrote {out}", err=True)
    if not no_open and not webbrowser.open(out.resolve().as_uri()):
        click.echo("no browser was found here: open the file in one", err=True)
