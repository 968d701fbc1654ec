"""`kg serve`: a SPARQL endpoint with an editor and the explorer."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli import options


@click.command()
@options.store
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is every one.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="N", help="Port.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, metavar="SECONDS",
    help="Stop a query after this time.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1), default=100_000, show_default=True, metavar="N", help="Rows of one answer."
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Queries that run at once; default: by cores.")
@click.option(
    "--memory", type=click.FloatRange(0, min_open=True), default=4.0, show_default=True, metavar="GB",
    help="Memory that one query may take.",
)  # fmt: skip
@click.option("--cors", default="*", show_default=True, metavar="ORIGIN", help="Web pages that may ask.")
@click.option("--allow-service", is_flag=True, help="Let SERVICE in a query ask other machines.")
def serve(
    store: Path, host: str, port: int, timeout: float, limit: int, workers: int | None, memory: float, cors: str,
    allow_service: bool,
) -> None:  # fmt: skip
    """Serve a graph: SPARQL at /sparql, an editor at /, the explorer at /explore.

    It only reads, and only this machine can reach it unless another --host is given.
    """
    from kg.graph import load
    from kg.query.index import build_index, is_built
    from kg.query.serve import Limits
    from kg.query.serve import serve as run

    with load(store) as graph:
        if not is_built(graph, graphs=True):
            click.echo("indexing the graph (once after a build) ...", err=True)
            build_index(graph, graphs=True)
        click.echo(f"http://{host}:{port}/  (Ctrl-C to stop)", err=True)
        limits = Limits(timeout=timeout, rows=limit, memory=int(memory * 2**30))
        run(graph, host=host, port=port, limits=limits, workers=workers, allow_service=allow_service, cors=cors)
