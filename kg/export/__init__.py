"""Exporters: from a KnowledgeGraph to a file or folder. One function per format and one row here.

An exporter is `write(graph, path, **options)`; it writes to a temporary name and renames at the end, takes
only keyword options, and streams: it never holds the whole graph when the format allows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kg.registry import Registry

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

__all__ = ["EXPORTERS", "KnowledgeGraph"]

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
