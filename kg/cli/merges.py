"""`kg merges`, `kg why`: what was taken for the same thing, and the reasons."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli import options


@click.command()
@options.store
@click.argument("name", required=False)
@click.option("--type", "type_", metavar="TYPE", help="Only entities of this type.")
@click.option("--reason", metavar="WORDS", help="Only merges whose reason holds these words.")
@click.option(
    "--below", type=click.FloatRange(0, 1), default=1.0, metavar="P", help="Only merges less certain than this."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def merges(store: Path, name: str | None, type_: str | None, reason: str | None, below: float, as_json: bool) -> None:
    """List the forms that were merged into each entity, and why.

    To undo one, add a line to corrections.yaml in the store: "- split: FORM".
    """
    import json
    from dataclasses import asdict

    from kg.errors import UnknownName
    from kg.graph import load
    from kg.types import Entity

    with load(store) as graph:
        node = None
        if name:
            found = graph.find(name, type_)
            if not isinstance(found, Entity):
                raise UnknownName("entity", name, (e.name for e in graph.entities(type_)))
            node = found.id
        last = None
        for m in graph.merges(node):
            if m.reason == "same form" or m.score > below or (reason and reason not in m.reason):
                continue
            entity = graph.node(m.entity)
            if not isinstance(entity, Entity) or type_ not in (None, entity.type):
                continue
            if as_json:
                click.echo(json.dumps(asdict(m), ensure_ascii=False))
                continue
            if m.entity != last:
                click.secho(entity.name, bold=True, nl=False)
                click.echo(f"  {entity.type}  {m.entity}")
                last = m.entity
            click.echo(f"  {m.form}  <- {m.reason} ({m.score:.2f}){f', in {m.paper}' if m.paper else ''}")


@click.command()
@options.store
@click.argument("a")
@click.argument("b")
def why(store: Path, a: str, b: str) -> None:
    """Say why two names are one thing, or what keeps them apart."""
    from kg.graph import load
    from kg.query.why import why as reasons

    with load(store) as graph:
        for reason in reasons(graph, a, b):
            click.echo(reason.text)
