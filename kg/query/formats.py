"""Names and media types of what an answer can be written as; light, for menus and content negotiation."""

from __future__ import annotations

from collections.abc import Mapping

#: What a SELECT or ASK answer can be written as, with its media type; the first is the default.
TABLE_FORMATS: Mapping[str, str] = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}

#: What a CONSTRUCT or DESCRIBE answer can be written as; the first is the default.
GRAPH_FORMATS: Mapping[str, str] = {
    "turtle": "text/turtle",
    "nt": "application/n-triples",
    "rdfxml": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "nquads": "application/n-quads",
    "trig": "application/trig",
    "n3": "text/n3",
}
