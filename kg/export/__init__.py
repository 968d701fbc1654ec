"""Exporters: from a KnowledgeGraph to a file or folder. One function per format and one row here.

An exporter is `write(graph, path, **options)`; it writes to a temporary name and renames at the end, takes
only keyword options, and streams: it never holds the whole graph when the format allows.
"""

from __future__ import annotations

import errno
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import DiskFull, KgError, UnknownFormat
from kg.registry import Registry

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

__all__ = ["EXPORTERS", "FILES", "KnowledgeGraph", "export", "format_for", "options_of"]

EXPORTERS: Registry[Callable[..., None]] = Registry(
    "exporter",
    {
        "turtle": "kg.export.rdf:write_turtle",
        "nt": "kg.export.rdf:write_nt",
        "nquads": "kg.export.rdf:write_nquads",
        "trig": "kg.export.rdf:write_trig",
        "jsonld": "kg.export.rdf:write_jsonld",
        "rdfxml": "kg.export.rdf:write_rdfxml",
        "graphml": "kg.export.network:write_graphml",
        "gexf": "kg.export.network:write_gexf",
        "csv": "kg.export.tables:write_csv",
        "neo4j": "kg.export.tables:write_neo4j",
        "findings": "kg.export.tables:write_findings",
        "html": "kg.export.html:write_html",
        "nanopub": "kg.export.packages:write_nanopub",
        "rocrate": "kg.export.packages:write_rocrate",
        "kgx": "kg.export.tables:write_kgx",
        "orkg": "kg.export.tables:write_orkg",
    },
    group="kg.exporters",
)

#: The name that an export has beside the others; a folder's ends with "/".
FILES = {
    "turtle": "graph.ttl",
    "nt": "graph.nt",
    "nquads": "graph.nq",
    "trig": "graph.trig",
    "jsonld": "graph.jsonld",
    "rdfxml": "graph.rdf",
    "graphml": "graph.graphml",
    "gexf": "graph.gexf",
    "csv": "csv/",
    "neo4j": "neo4j/",
    "findings": "findings.jsonl",
    "html": "graph.html",
    "nanopub": "nanopubs.trig",
    "rocrate": "rocrate/",
    "kgx": "kgx/",
    "orkg": "orkg.csv",
}

_FULL = (errno.ENOSPC, errno.EDQUOT)


def format_for(path: str | Path) -> str:
    """Name the format that a file's suffix stands for.

    >>> format_for("my.ttl")
    'turtle'
    """
    suffix = Path(path).suffix.lower()
    for name, file in FILES.items():
        if suffix and Path(file).suffix == suffix and Path(file).stem in ("graph", "findings"):
            return name
    raise UnknownFormat("no format has this suffix", where=path, hint=f"name one: {', '.join(EXPORTERS)}")


def options_of(format: str) -> tuple[str, ...]:
    """Name the options that an exporter takes beside graph and path.

    >>> options_of("graphml")
    ('dialect',)
    """
    parameters = list(inspect.signature(EXPORTERS[format]).parameters.values())
    return tuple(p.name for p in parameters[2:])


def export(graph: KnowledgeGraph, path: str | Path, *, format: str | None = None, **options: Any) -> Path:
    """Write a graph to a file or folder, in a format by name or by the file's suffix.

    Raises UnknownFormat, UnknownName, DiskFull, and KgError for an option that the format does not take.
    """
    format = format or format_for(path)
    write = EXPORTERS[format]
    taken = options_of(format)
    for name in sorted(set(options) - set(taken)):
        raise KgError(f"{format} takes no option {name!r}", hint=f"it takes {', '.join(taken) or 'none'}")
    try:
        write(graph, Path(path), **options)
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull("no space left", where=path, hint="nothing was changed; free some and try again") from error
        raise
    return Path(path)
