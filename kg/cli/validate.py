"""`kg validate`: does a graph conform to the shapes?"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("graph", metavar="STORE.kg|FILE", type=click.Path(path_type=Path))
@click.option("--shapes", type=click.Path(path_type=Path), help="SHACL shapes in Turtle; default: those of kg.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "sparql", "pyshacl"]),
    default="auto",
    show_default=True,
    help="sparql is fast; pyshacl knows all of SHACL.",
)
@click.option("--most", default=50, show_default=True, metavar="N", help="How many violations to list.")
@click.pass_context
def validate(ctx: click.Context, graph: Path, shapes: Path | None, engine: str, most: int) -> None:
    """Check a graph, or an exported RDF file, against SHACL shapes; exit code 1 when something breaks them."""
    from kg.validate import validate as check
    from kg.validate import validate_file

    if graph.is_file():
        found = validate_file(graph, shapes=shapes, engine=engine)
    else:
        from kg.graph import load

        with load(graph) as opened:
            found = check(opened, shapes=shapes, engine=engine)
    for violation in found[:most]:
        click.echo(str(violation))
    if len(found) > most:
        click.echo(f"... and {len(found) - most:,} more")
    if found:
        click.secho(f"{graph}: {len(found):,} violations", fg="red", err=True)
        ctx.exit(1)
    click.secho(f"{graph}: conforms", fg="green", err=True)
