"""RDF: the graph in the vocabularies that others know, every edge with its claim and its words."""

from kg.export.rdf.vocabulary import CLASSES, ONTOLOGY, PREDICATES, PREFIXES
from kg.export.rdf.write import (
    PROFILES,
    load_store,
    quads,
    to_rdflib,
    write_jsonld,
    write_nquads,
    write_nt,
    write_rdfxml,
    write_trig,
    write_turtle,
)

__all__ = [
    "CLASSES",
    "ONTOLOGY",
    "PREDICATES",
    "PREFIXES",
    "PROFILES",
    "load_store",
    "quads",
    "to_rdflib",
    "write_jsonld",
    "write_nquads",
    "write_nt",
    "write_rdfxml",
    "write_trig",
    "write_turtle",
]
