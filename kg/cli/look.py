"""`kg stats`, `kg show`, `kg verify`: looking at a graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli import options

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.types import Claim


@click.command()
@options.store
@click.option("--top", default=10, show_default=True, metavar="N", help="How many of each to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@options.min_confidence
def stats(store: Path, top: int, as_json: bool, min_confidence: float) -> None:
    """Count nodes and edges by type; list the hardware, datasets and methods that most papers name."""
    from kg.graph import load

    with load(store, min_confidence=min_confidence) as graph:
        found = graph.stats(top=top)
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return
    for title, counts in (("nodes", found.nodes), ("edges", found.edges)):
        click.secho(title, bold=True)
        for name, n in counts.items():
            click.echo(f"  {n:>8,}  {name}")
    click.echo(f"  {found.results:>8,}  results")
    for kind, ranked in found.top.items():
        click.secho(f"\ntop {kind.lower()} (papers)", bold=True)
        for name, n in ranked:
            click.echo(f"  {n:>8,}  {name}")


@click.command()
@options.store
@click.argument("name")
@click.option("--type", "type_", metavar="TYPE", help="Take the thing of this type, where several have the name.")
@click.option("--all", "everything", is_flag=True, help="Show every line; by default the first 10 of a kind.")
@options.min_confidence
def show(store: Path, name: str, type_: str | None, everything: bool, min_confidence: float) -> None:
    """Show all that is known about one thing or paper, each line with its paper and words.

    NAME may be a name, an alias, a title or an id such as hardware/fpga.
    """
    from kg.graph import load
    from kg.types import Paper

    with load(store, min_confidence=min_confidence) as graph:
        thing = graph.find(name, type_)
        limit = None if everything else 10
        if isinstance(thing, Paper):
            _show_paper(graph, thing)
        else:
            _show_entity(graph, thing, limit)


def _show_entity(graph: KnowledgeGraph, thing: Any, limit: int | None) -> None:
    click.secho(f"{thing.name}", bold=True, nl=False)
    click.echo(f"  {thing.type}  {graph.iri(thing.id)}")
    if thing.aliases:
        click.echo(f"  also: {', '.join(thing.aliases)}")
    for title, edges in (
        ("broader", [e.target for e in graph.edges(source=thing.id, type="broader")]),
        ("narrower", [e.source for e in graph.edges(target=thing.id, type="broader")]),
    ):
        if edges:
            names = [str(getattr(graph.node(n), "name", n)) for n in edges]
            click.echo(f"  {title}: {', '.join(names[:limit])}{' ...' if limit and len(names) > limit else ''}")
    for who, outside in sorted(thing.ids.items()):
        click.echo(f"  {who}: {outside}")
    groups: dict[str, list[tuple[str, Claim]]] = {}
    for edge in graph.edges(target=thing.id):
        for claim in edge.claims:
            other = edge.source
            title = f"{_verb(edge.type)} it" if other.startswith("paper/") else f"{{}} {_verb(edge.type)} it"
            groups.setdefault(title, []).append((other, claim))
    for edge in graph.edges(source=thing.id):
        for claim in edge.claims:
            groups.setdefault(f"it {_verb(edge.type)} {{}}", []).append((edge.target, claim))
    order = sorted(groups, key=lambda g: ("{}" in g, g))
    for title in order:
        lines = groups[title]
        click.secho(f"\n{title.replace(' {}', ' ...').replace('{} ', '... ')} ({len(lines)})", bold=True)
        for other, claim in lines[:limit]:
            what = "" if other.startswith("paper/") else f"{getattr(graph.node(other), 'name', other)}: "
            _line(graph, claim, what)
        _rest(lines, limit)
    results = list(graph.measurements(node=thing.id))
    if results:
        click.secho(f"\nresults ({len(results)})", bold=True)
        for m in results[:limit]:
            click.echo(f"  {_measurement(graph, m)}")
            click.echo(f"      “{m.evidence.quote}”  {m.paper}")
        _rest(results, limit)


def _show_paper(graph: KnowledgeGraph, paper: Any) -> None:
    from kg.graph import paper_node

    click.secho(paper.title, bold=True)
    click.echo("  " + "  ".join(filter(None, (", ".join(paper.authors), paper.date, paper.venue, paper.url))))
    click.echo(f"  {graph.iri(paper_node(paper.id))}")
    for edge in graph.edges(source=paper_node(paper.id)):
        if edge.type in ("author", "venue"):
            continue
        thing = graph.node(edge.target)
        words = ", ".join(dict.fromkeys(m.text for c in edge.claims for m in c.mentions))
        click.echo(f"  {_verb(edge.type):13} {getattr(thing, 'name', ''):34} {getattr(thing, 'type', ''):13} “{words}”")
    for m in graph.measurements(paper=paper.id):
        click.echo(f"  result        {_measurement(graph, m)}  “{m.evidence.quote}”")


def _verb(type: str) -> str:
    return type.replace("_", " ")


def _measurement(graph: KnowledgeGraph, m: Any) -> str:
    def name(node: str | None) -> str:
        return str(getattr(graph.node(node), "name", node)) if node else ""

    value = f"{m.value:g}" + (f"..{m.value_high:g}" if m.value_high is not None else "") + m.unit
    parts = [f"{m.metric_text}: {value} ({m.kind})", name(m.subject)]
    for word, node in (("on", m.dataset), ("on", m.hardware), ("against", m.baseline)):
        if node:
            parts.append(f"{word} {name(node)}")
    return " ".join(filter(None, parts))


def _line(graph: KnowledgeGraph, claim: Claim, what: str) -> None:
    quote = " … ".join(e.quote.replace("\n", " ") for e in claim.evidence[:2])
    click.echo(f"  {what}“{quote}”")
    click.secho(f"      {claim.paper}  p={claim.confidence:.2f}", dim=True)


def _rest(lines: list[Any], limit: int | None) -> None:
    if limit and len(lines) > limit:
        click.secho(f"  ... {len(lines) - limit} more (--all)", dim=True)


@click.command()
@options.store
def verify(store: Path) -> None:
    """Hold every quote against the text of its paper; exit 1 when one does not fit."""
    from kg.graph import load
    from kg.verify import verify as check

    with load(store) as graph:
        report = check(graph)
    for fault in report.faults[:20]:
        click.secho(f"  {fault}", fg="red", err=True)
    click.echo(f"{report.checked:,} quotes of {report.papers:,} papers checked, {len(report.faults)} do not fit")
    if report.faults:
        raise SystemExit(1)
