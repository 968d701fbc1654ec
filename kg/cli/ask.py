"""`kg query`, `kg ask`, `kg search`, `kg leaderboard`: asking a graph."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli import options
from kg.errors import KgError, MissingFile
from kg.query.formats import GRAPH_FORMATS, TABLE_FORMATS

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.query.questions import Question
    from kg.query.results import Answer

_FORMATS = ("table", *TABLE_FORMATS, *GRAPH_FORMATS)

output_format = click.option(
    "-f", "--format", "format_", type=click.Choice(_FORMATS), default="table", show_default=True,
    help="Write the answer as this; the last ones are for CONSTRUCT and DESCRIBE.",
)  # fmt: skip
timed = click.option("--time", "show_time", is_flag=True, help="Show how long parsing and running took, on stderr.")
stop_after = click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, metavar="SECONDS",
    help="Stop the query after this time.",
)  # fmt: skip
at_most = click.option("--limit", type=click.IntRange(1), metavar="N", help="Give at most N rows.")
show_sparql = click.option("--sparql", "show_sparql", is_flag=True, help="Print the SPARQL instead of running it.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def choose_store(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Take the store from the first word, else from $KG_STORE, else the only `*.kg` folder here.

    Raises MissingFile when there is none, or click.UsageError when there are several.
    """
    if words and (words[0].endswith(".kg") or (Path(words[0]) / "facts.sqlite").is_file()):
        return Path(words[0]), list(words[1:])
    if os.environ.get("KG_STORE"):
        return Path(os.environ["KG_STORE"]), list(words)
    here = sorted(p for p in Path().glob("*.kg") if (p / "facts.sqlite").is_file())
    if len(here) > 1:
        raise click.UsageError(f"which graph? there are {', '.join(map(str, here))}; give one first, or set KG_STORE")
    if not here:
        hint = "give one first, or make one: kg build PAPERS... -o my.kg"
        raise MissingFile("no graph here", where=Path("*.kg"), hint=hint)
    return here[0], list(words)


@contextmanager
def opened(path: Path, *, graphs: bool = False, min_confidence: float = 0.0) -> Iterator[KnowledgeGraph]:
    """Open a graph; say so when its index must be made first, which takes a moment.

    One without what is less certain has no index on disk: it is made in memory for this one query.
    """
    from kg.graph import load
    from kg.query.index import build_index, is_built

    with load(path, min_confidence=min_confidence) as graph:
        if not min_confidence and not is_built(graph, graphs=graphs) and os.access(path, os.W_OK):
            if sys.stderr.isatty():
                click.secho("indexing the graph (once after a build) ...", dim=True, err=True)
            build_index(graph, graphs=graphs)
        yield graph


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="[STORE.kg] SPARQL")
@click.option("--question", metavar="NAME", help="Ask a named question instead of SPARQL; see `kg ask`.")
@click.option("--arg", "arguments", multiple=True, metavar="NAME=VALUE", help="A parameter; repeatable.")
@click.option("--allow-service", is_flag=True, help="Let SERVICE in the query ask other machines.")
@output_format
@at_most
@stop_after
@timed
@show_sparql
@options.min_confidence
def query(
    words: tuple[str, ...], question: str | None, arguments: tuple[str, ...], allow_service: bool, format_: str,
    limit: int | None, timeout: float, show_time: bool, show_sparql: bool, min_confidence: float,
) -> None:  # fmt: skip
    """Run SPARQL 1.1 on a graph; usual prefixes are preloaded.

    SPARQL may be a query, a file (name.rq), or "-" for standard input.

    \b
    kg query my.kg 'SELECT ?name { ?h a kg:Hardware ; rdfs:label ?name }'
    kg query my.kg --question runs-on --arg hardware=FPGA
    """
    from kg.query.questions import bind
    from kg.query.questions import question as named
    from kg.query.sparql import query as run
    from kg.query.syntax import wants_graphs

    store, rest = choose_store(words)
    if question is None and len(rest) != 1:
        raise click.UsageError("give one query (in quotes), or --question NAME")
    if question is not None and rest:
        raise click.UsageError("give a query or --question, not both")
    text = None if question else _text(rest[0])
    graphs = text is not None and wants_graphs(text)
    with opened(store, graphs=graphs, min_confidence=min_confidence) as graph:
        if text is None:
            values = dict(_pair(a) for a in arguments)
            text = bind(graph, named(str(question)), values)
        if show_sparql:
            click.echo(text)
            return
        show(run(graph, text, timeout=timeout, limit=limit, allow_service=allow_service), format_, show_time=show_time)


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if given.endswith((".rq", ".sparql")) and " " not in given:
        if not Path(given).is_file():
            raise MissingFile("no such query file", where=given)
        return Path(given).read_text(encoding="utf-8")
    return given


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise click.UsageError(f"--arg needs NAME=VALUE, not {argument!r}")
    return name, value


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("words", nargs=-1, metavar="[STORE.kg] [QUESTION]", type=click.UNPROCESSED)
@output_format
@at_most
@stop_after
@timed
@show_sparql
def ask(
    words: tuple[str, ...], format_: str, limit: int | None, timeout: float, show_time: bool, show_sparql: bool
) -> None:
    """Ask a named question with its parameters, or a question in plain words.

    Without a question, list those that there are; with `kg ask NAME --help-question`, tell one in full.

    \b
    kg ask my.kg runs-on --hardware FPGA
    kg ask my.kg "which methods run on FPGAs?"
    """
    from kg.query.questions import ask as answer
    from kg.query.questions import bind, questions
    from kg.query.questions import question as named

    plain, values = _options(words)
    help_question = values.pop("help-question", None) is not None
    if help_question or not [w for w in plain if not w.endswith(".kg")]:
        wanted = [w for w in plain if not w.endswith(".kg")]
        _list_questions([named(w) for w in wanted] if wanted else questions().values(), whole=bool(wanted))
        return
    store, rest = choose_store(plain)
    if not rest:
        _list_questions(questions().values(), whole=False)
        return
    text = " ".join(rest)
    with opened(store) as graph:
        if text not in questions():
            if values or not (" " in text or "?" in text):
                named(text)  # raises, with the nearest names
            from kg.query.ask import understand

            meant = understand(graph, text)
            click.secho(f"understood: {meant}", dim=True, err=True)
            text, values = meant.question, dict(meant.values)
        if show_sparql:
            click.echo(bind(graph, named(text), values))
            return
        show(answer(graph, text, values, limit=limit, timeout=timeout), format_, show_time=show_time)


def _options(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part plain words from `--name value` and `--name=value`, which depend on the question."""
    plain, values = [], {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            plain.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name == "help-question":
            value = "yes"
        elif not equals:
            if not rest:
                raise click.UsageError(f"--{name} needs a value")
            value = rest.pop(0)
        values[name] = value
    return plain, values


def _list_questions(listed: Iterable[Question], *, whole: bool) -> None:
    for q in listed:
        named = [(f"--{p.name} {p.type.upper()}", p.required) for p in q.parameters]
        options = "  ".join(text if required else f"[{text}]" for text, required in named)
        if not whole:
            click.echo(f"{click.style(q.name, bold=True):<34}  {q.title}  {click.style(options, dim=True)}")
            continue
        click.echo(f"{click.style(q.name, bold=True)}: {q.title}\n{q.help}")
        for p in q.parameters:
            default = f" (default {p.default})" if p.default else "" if p.required else " (optional)"
            click.echo(f"  --{p.name} {p.type.upper()}  {p.help}{default}")
        for phrase in q.phrases:
            click.echo(f"  e.g. {phrase}")


def show(answer: Answer, format_: str = "table", *, show_time: bool = False) -> None:
    """Print an answer; doubts, a cut and timing go to stderr."""
    if format_ != "table":
        wrong = (GRAPH_FORMATS if answer.kind == "graph" else TABLE_FORMATS).get(format_) is None
        if wrong:
            fits = ", ".join(GRAPH_FORMATS if answer.kind == "graph" else TABLE_FORMATS)
            raise KgError(f"this answer cannot be written as {format_}", hint=f"use one of: {fits}")
        text = answer.write(format_).decode()
        click.echo(text, nl=not text.endswith("\n"))
    elif answer.kind == "graph":
        click.echo(answer.write("turtle").decode(), nl=False)
    elif answer.kind == "ask":
        click.echo("yes" if answer else "no")
    else:
        from kg.query.results import cell

        _table(answer.columns, [[cell(t, answer.prefixes) for t in row] for row in answer.rows], _numeric(answer))
    for note in answer.notes:
        click.secho(f"note: {note}", fg="yellow", err=True)
    if answer.truncated:
        click.secho(f"there is more than these {len(answer)}; raise --limit to see it", fg="yellow", err=True)
    if show_time:
        ms = (1000 * answer.parse_seconds, 1000 * answer.run_seconds)
        click.echo(f"parse {ms[0]:.1f} ms, run {ms[1]:.1f} ms, {len(answer)} rows", err=True)


def _numeric(answer: Answer) -> list[bool]:
    from decimal import Decimal

    from kg.query.results import to_python

    columns = zip(*answer.rows, strict=True) if answer.rows else [()] * len(answer.columns)
    return [
        any(t is not None for t in column)
        and all(t is None or isinstance(to_python(t), (int, float, Decimal)) for t in column)
        for column in columns
    ]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> None:
    """Print an aligned table; on a terminal long cells are folded to its width, in a pipe nothing is cut."""
    if not rows:
        click.secho("nothing found", dim=True, err=True)
        return
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, header_style="bold", pad_edge=False)
        for name, right in zip(columns, numeric, strict=True):
            table.add_column(name, justify="right" if right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(text.replace("[", "\\[") for text in row))
        Console().print(table)
        return
    rows = [[" ".join(text.split()) for text in row] for row in rows]
    widths = [max(len(x) for x in column) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = (x.rjust(w) if right else x.ljust(w) for x, w, right in zip(row, widths, numeric, strict=True))
        click.echo("  ".join(cells).rstrip())


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[STORE.kg] WORDS")
@click.option("--type", "type_", metavar="TYPE", help="Only things of this type (Paper, Hardware, ...).")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Give at most N.")
@as_json
def search(words: tuple[str, ...], type_: str | None, limit: int, as_json: bool) -> None:
    """Search papers, names, aliases and evidence for words; the best first, with the place in the text.

    "quoted words" must stand together; word* finds all words that begin so; -word leaves out.
    """
    from dataclasses import asdict

    from kg.graph import load
    from kg.query.search import search as find

    store, rest = choose_store(words)
    if not rest:
        raise click.UsageError("give words to search for")
    with load(store) as graph:
        found = list(find(graph, " ".join(rest), type=type_, limit=limit))
    if as_json:
        _json([asdict(hit) for hit in found])
        return
    if not found:
        click.secho("nothing found", dim=True, err=True)
    for hit in found:
        click.echo(f"{click.style(hit.name, bold=True)}  {click.style(f'{hit.type}  {hit.id}', dim=True)}")
        if hit.snippet:
            click.echo("  " + hit.snippet.replace("\x02", "\033[1m" if sys.stdout.isatty() else "").replace(
                "\x03", "\033[0m" if sys.stdout.isatty() else ""))  # fmt: skip


@click.command()
@click.argument("store", required=False, metavar="[STORE.kg]")
@click.option("--task", metavar="NAME", help="Only results for this task, or by papers that address it.")
@click.option("--dataset", metavar="NAME", help="Only results on this dataset or a kind of it.")
@click.option("--metric", metavar="NAME", help="Only results in this measure or a kind of it.")
@click.option("--hardware", metavar="NAME", help="Only results on this hardware or a kind of it.")
@click.option("--words/--no-words", default=True, show_default=True, help="Show the words behind every row.")
@as_json
def leaderboard(
    store: str | None, task: str | None, dataset: str | None, metric: str | None, hardware: str | None, words: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Rank results that can be compared: same measure, unit, dataset and kind; the others stand apart."""
    from dataclasses import asdict

    from kg.graph import load
    from kg.query.leaderboard import leaderboard as rank

    path, _ = choose_store([store] if store else [])
    if not (task or dataset or metric or hardware):
        raise click.UsageError("give at least one of --task, --dataset, --metric, --hardware")
    with load(path) as graph:
        groups = rank(graph, task=task, dataset=dataset, metric=metric, hardware=hardware)
    if as_json:
        _json([asdict(g) for g in groups])
        return
    if not groups:
        click.secho("no results", dim=True, err=True)
    for n, group in enumerate(groups):
        if n:
            click.echo()
        click.secho(group.title, bold=True)
        if group.reason:
            click.secho(f"  apart because: {group.reason}", dim=True)
        for row in group.rows:
            place = f"{row.rank}." if row.rank else "-"
            where = f"  [{row.conditions}]" if row.conditions else ""
            click.echo(f"  {place:>4} {row.value:>12}  {row.subject}{where}  ({row.paper_title})")
            if words:
                click.secho(f"       “{row.words}”", dim=True)


def _json(records: Any) -> None:
    import json

    click.echo(json.dumps(records, ensure_ascii=False, indent=1, default=str))
