"""`kg export`: the graph in the formats of other programs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from kg.cli import options


@click.command()
@options.store
@click.option("-f", "--format", "format", metavar="FORMAT", help="What to write; by default what OUT's suffix says.")
@click.option("-o", "--out", metavar="OUT", help='File or folder; "-" (the default) is standard output.')
@click.option("--all", "everything", is_flag=True, help="Write every format into the folder OUT.")
@click.option("--base", metavar="IRI", help="Begin every IRI with this instead of the base of the build.")
@options.min_confidence
@click.option("--star", is_flag=True, default=None, help="RDF 1.2: add what is said about each triple.")
@click.option("--profile", metavar="NAME", help="RDF: kg, or lpwc as in Linked Papers With Code.")
@click.option("--dialect", metavar="NAME", help="GraphML: plain, or yed with the labels that yEd shows.")
@click.option("--per-paper", is_flag=True, default=None, help="JSON-LD: a folder with one document per paper.")
@click.option("--creator", metavar="ORCID", help="nanopub, rocrate: who publishes it.")
@click.option("--created", metavar="DATE", help="nanopub: when it was made; by default left out.")
@click.option("--published", metavar="DATE", help="rocrate: its date; by default that of the newest paper.")
@click.option("--license", metavar="IRI", help="nanopub, rocrate: the licence under which you publish it.")
@click.option("--view", metavar="NAME", help="HTML: only the neighbourhood of this thing.")
def export(
    store: Path,
    format: str | None,
    out: str | None,
    everything: bool,
    base: str | None,
    min_confidence: float,
    **given: Any,
) -> None:
    """Write the graph as turtle, nt, nquads, trig, jsonld, rdfxml, graphml, gexf, csv, neo4j, html, findings ...

    csv, neo4j, kgx and rocrate are folders. A file takes its name only when it is complete.
    """
    from kg.export import EXPORTERS, FILES, export, format_for, options_of
    from kg.graph import load

    chosen = {name: value for name, value in given.items() if value is not None}
    if everything:
        if not out or out == "-" or format:
            raise click.UsageError("--all needs a folder (-o FOLDER) and no --format")
        todo = [(name, str(Path(out) / FILES.get(name, name))) for name in EXPORTERS]
    else:
        if not format and (not out or out == "-"):
            raise click.UsageError(f"name a format (-f) or a file (-o); formats: {', '.join(EXPORTERS)}")
        format = format or format_for(out or "")
        folder = FILES.get(format, "").endswith("/")
        if folder and (not out or out == "-"):
            raise click.UsageError(f"{format} is a folder of files: name it with -o FOLDER")
        taken = options_of(format)
        for name in chosen:
            if name not in taken:
                menu = ", ".join(f"--{t.replace('_', '-')}" for t in taken) or "none"
                raise click.UsageError(f"{format} takes no --{name.replace('_', '-')} (it takes {menu})")
        todo = [(format, out or "-")]
    with load(store, base=base, min_confidence=min_confidence) as graph:
        for name, target in todo:
            fitting = {k: v for k, v in chosen.items() if k in options_of(name)}
            if target != "-":
                export(graph, target, format=name, **fitting)
                click.echo(f"wrote {target} ({name}, {_size(Path(target))})", err=True)
                continue
            # Written to a file first, so that what fails half-way has said nothing.
            with TemporaryDirectory() as draft:
                path = export(graph, Path(draft) / "out", format=name, **fitting)
                if path.is_dir():
                    raise click.UsageError("this is a folder of files: name it with -o FOLDER")
                with path.open("rb") as whole:
                    shutil.copyfileobj(whole, sys.stdout.buffer)


def _size(path: Path) -> str:
    """Say how large a file or folder is.

    >>> _size(Path("no such file"))
    '0 bytes'
    """
    files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path] if path.exists() else []
    total = float(sum(f.stat().st_size for f in files))
    for unit in ("bytes", "kB", "MB", "GB"):
        if total < 1000 or unit == "GB":
            break
        total /= 1000
    shown = f"{total:.0f} {unit}" if unit == "bytes" or total >= 100 else f"{total:.1f} {unit}"
    return f"{len(files)} files, {shown}" if path.is_dir() else shown
