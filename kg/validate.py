"""Does a graph conform to the shapes? SHACL, answered by SPARQL where that is enough, else by pyshacl.

pyshacl walks every node in Python: minutes for the graph of a few hundred papers. The constraints that our
shapes use are as well one SPARQL query a property, which Oxigraph answers in milliseconds. Shapes with other
constraints go to pyshacl; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError, MissingFile, SchemaError, UnknownFormat
from kg.schema import home

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kg.graph import KnowledgeGraph

SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"

#: What SPARQL checks of a node shape and of its properties; anything else needs pyshacl.
_ABOUT = {RDF + "type", RDFS + "label", RDFS + "comment"}
_NODE = {SH + n for n in ("targetClass", "nodeKind", "property", "closed")} | _ABOUT
_VALUE = {SH + n for n in ("datatype", "class", "nodeKind", "in", "or", "minInclusive", "maxInclusive")}
_PROPERTY = {SH + n for n in ("path", "name", "message", "minCount", "maxCount", "description", "order")} | _VALUE
#: Stands in queries for "is of this class or a subclass".
_A = "%is-a%"
_KINDS = {SH + "IRI": "isIRI", SH + "Literal": "isLiteral", SH + "BlankNode": "isBlank"}

#: The text that literals of a type must have; a literal of no other type is looked into.
_FORMS = {
    XSD + "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    XSD + "integer": r"[+-]?\d+",
    XSD + "boolean": r"true|false|0|1",
    XSD + "date": r"-?\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?",
    XSD + "gYear": r"-?\d{4,}(Z|[+-]\d\d:\d\d)?",
    XSD + "gYearMonth": r"-?\d{4,}-\d\d(Z|[+-]\d\d:\d\d)?",
}

#: What must hold across nodes and no shape can say: a name, and a query for what breaks it.
INTEGRITY = (
    (
        "a claim stands beside its plain triple",
        "SELECT ?this WHERE { ?this rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ."
        " FILTER NOT EXISTS { ?s ?p ?o } }",
    ),
    (
        "the support of a claim is its number of papers",
        "SELECT ?this (?n AS ?value) WHERE { ?this a kg:Claim ; kg:support ?n ."
        " { SELECT ?this (COUNT(?p) AS ?m) WHERE { ?this a kg:Claim . OPTIONAL { ?this prov:wasDerivedFrom ?p } }"
        " GROUP BY ?this } FILTER(?n != ?m) }",
    ),
    (
        "evidence holds the words that stand at its place in the paper",
        "SELECT ?this (?words AS ?value) WHERE { ?this oa:hasSource ?p ; oa:hasSelector/oa:exact ?words ;"
        " oa:hasSelector [ oa:start ?a ; oa:end ?b ] . ?p dct:title ?t . OPTIONAL { ?p dct:abstract ?x }"
        " FILTER(SUBSTR(CONCAT(?t, '\\n', COALESCE(?x, '')), ?a + 1, ?b - ?a) != ?words) }",
    ),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """What breaks which rule: the node, the property if it is one, the wrong value, and the rule in words."""

    node: str
    message: str
    path: str = ""
    value: str = ""

    def __str__(self) -> str:
        value = f" (found {self.value})" if self.value else ""
        return f"{self.node}: {self.message}{value}"


def validate(graph: KnowledgeGraph, *, shapes: str | Path | None = None, engine: str = "auto") -> list[Violation]:
    """List what in a graph breaks the shapes (ours by default); an empty list means that it conforms.

    `engine` is "sparql", "pyshacl", or "auto": SPARQL unless the shapes need more. Raises MissingFile or
    InputError for shapes that cannot be read, SchemaError where "sparql" is not enough for them.
    """
    from kg.export.rdf import load_store

    return validate_store(load_store(graph), shapes=shapes, engine=engine)


def validate_file(path: str | Path, *, shapes: str | Path | None = None, engine: str = "auto") -> list[Violation]:
    """List what in an RDF file breaks the shapes; named graphs count as one graph.

    Raises MissingFile, UnknownFormat or InputError besides what `validate` raises.
    """
    import pyoxigraph as ox

    return validate_store(_read(Path(path), ox), shapes=shapes, engine=engine)


def validate_store(store: ox.Store, *, shapes: str | Path | None = None, engine: str = "auto") -> list[Violation]:
    """List what in the default graph of an Oxigraph store breaks the shapes."""
    import pyoxigraph as ox

    rules = _Shapes(_read(Path(shapes) if shapes else home() / "shapes.ttl", ox), ox)
    if engine == "sparql" and rules.beyond:
        raise SchemaError(f"the shapes need more than SPARQL: {', '.join(sorted(rules.beyond))}", hint="use pyshacl")
    slow = engine == "pyshacl" or rules.beyond
    found = _pyshacl(store, rules.store) if slow else list(rules.violations(store))
    if shapes is None:
        found += _integrity(store)
    return sorted(set(found), key=lambda v: (v.node, v.path, v.message, v.value))


def _read(path: Path, ox: Any) -> Any:
    if not path.is_file():
        raise MissingFile("no such file", where=path)
    format = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if format is None:
        what = f"not an RDF file: {path.suffix or 'no extension'}"
        raise UnknownFormat(what, where=path, hint="ttl, nt, nq, trig, rdf or jsonld")
    store: ox.Store = ox.Store()
    try:
        store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object) for q in ox.parse(path=str(path), format=format))
    except (SyntaxError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", where=path) from error
    return store


def _integrity(store: ox.Store) -> Iterator[Violation]:
    from kg.export.rdf import PREFIXES

    for message, query in INTEGRITY:
        for row in _rows(store, query, prefixes=dict(PREFIXES)):
            value = row["value"] if "value" in query else None
            yield Violation(_short(row["this"]), message, "", "" if value is None else _short(value))


def _rows(store: ox.Store, query: str, **options: Any) -> Iterator[Any]:
    found: Any = store.query(query, **options)
    yield from found


class _Shapes:
    """Shapes as SPARQL: one query for the values of each property, one each for too few and too many."""

    def __init__(self, store: ox.Store, ox: Any) -> None:
        self.store, self._ox = store, ox
        #: Constraints that SPARQL does not check here.
        self.beyond: set[str] = set()
        self._queries = list(self._compile())

    def violations(self, store: ox.Store) -> Iterator[Violation]:
        """Run every query."""
        subclass = self._ox.NamedNode(RDFS + "subClassOf")
        nested = next(store.quads_for_pattern(None, subclass, None), None)
        # Walking an empty class tree for every node is what takes the time.
        a = f"a/<{RDFS}subClassOf>*" if nested else "a"
        for query, path, message in self._queries:
            for row in _rows(store, query.replace(_A, a)):
                yield Violation(_short(row["this"]), message, path, _short(row["value"]) if row["value"] else "")

    def _all(self, subject: Any, predicate: str) -> list[Any]:
        found = self.store.quads_for_pattern(subject, self._ox.NamedNode(predicate), None)
        return sorted((q.object for q in found), key=str)

    def _one(self, subject: Any, predicate: str) -> Any:
        return next(iter(self._all(subject, predicate)), None)

    def _list(self, node: Any) -> Iterator[Any]:
        while node is not None and node.value != RDF + "nil":
            yield self._one(node, RDF + "first")
            node = self._one(node, RDF + "rest")

    def _check_known(self, node: Any, known: set[str]) -> None:
        for quad in self.store.quads_for_pattern(node, None, None):
            if quad.predicate.value not in known:
                self.beyond.add(quad.predicate.value)

    def _compile(self) -> Iterator[tuple[str, str, str]]:
        kind = self._ox.NamedNode(RDF + "type")
        shapes = self.store.quads_for_pattern(None, kind, self._ox.NamedNode(SH + "NodeShape"))
        for shape in sorted((q.subject for q in shapes), key=str):
            self._check_known(shape, _NODE)
            if (closed := self._one(shape, SH + "closed")) and closed.value != "false":
                self.beyond.add(SH + "closed")
            for target in self._all(shape, SH + "targetClass"):
                this = f"?this {_A} {target} ."
                if bad := self._not_kind("?this", shape):
                    message = f"must be {self._one(shape, SH + 'nodeKind').value.removeprefix(SH)}"
                    yield f"SELECT ?this ?value {{ {this} FILTER({bad}) }}", "", message
                for property in self._all(shape, SH + "property"):
                    yield from self._compile_property(this, property)

    def _compile_property(self, this: str, property: Any) -> Iterator[tuple[str, str, str]]:
        self._check_known(property, _PROPERTY)
        path = self._one(property, SH + "path")
        if not isinstance(path, self._ox.NamedNode):
            self.beyond.add(SH + "path")
            return
        message = self._one(property, SH + "message")
        text = message.value if message else f"breaks a constraint on {_short(path)}"
        short = _short(path)
        if bad := self._bad(property):
            yield f"SELECT ?this ?value {{ {this} ?this {path} ?value . FILTER({bad}) }}", short, text
        least, most = self._one(property, SH + "minCount"), self._one(property, SH + "maxCount")
        if least is not None and least.value == "1":
            yield f"SELECT ?this ?value {{ {this} FILTER NOT EXISTS {{ ?this {path} ?v }} }}", short, text
        elif least is not None and int(least.value) > 1:
            yield self._count(this, path, f"< {least.value}"), short, text
        if most is not None:
            yield self._count(this, path, f"> {most.value}"), short, text

    def _count(self, this: str, path: Any, test: str) -> str:
        values = f"?this {path} ?v" if test[0] == ">" else f"OPTIONAL {{ ?this {path} ?v }}"
        return (
            f"SELECT ?this (COUNT(DISTINCT ?v) AS ?value) {{ {this} {values} }}"
            f" GROUP BY ?this HAVING (COUNT(DISTINCT ?v) {test})"
        )

    def _bad(self, node: Any, value: str = "?value") -> str:
        """Give the SPARQL expression that is true of a value that breaks any of the constraints."""
        tests = []
        if datatype := self._one(node, SH + "datatype"):
            tests.append(_not_typed(value, datatype))
        tests += [f"NOT EXISTS {{ {value} {_A} {c} }}" for c in self._all(node, SH + "class")]
        if bad := self._not_kind(value, node):
            tests.append(bad)
        if (members := self._one(node, SH + "in")) is not None:
            tests.append(f"{value} NOT IN ({', '.join(str(m) for m in self._list(members))})")
        for name, test in (("minInclusive", ">="), ("maxInclusive", "<=")):
            tests += [f"!COALESCE({value} {test} {bound}, false)" for bound in self._all(node, SH + name)]
        for choice in self._all(node, SH + "or"):
            options = list(self._list(choice))
            for option in options:
                self._check_known(option, _VALUE)
            tests.append("(" + " && ".join(f"({self._bad(o, value) or 'false'})" for o in options) + ")")
        return " || ".join(tests)

    def _not_kind(self, value: str, node: Any) -> str:
        kind = self._one(node, SH + "nodeKind")
        if kind is None:
            return ""
        if kind.value not in _KINDS:
            self.beyond.add(kind.value)
            return ""
        return f"!{_KINDS[kind.value]}({value})"


def _not_typed(value: str, datatype: Any) -> str:
    test = f"!isLiteral({value}) || DATATYPE({value}) != {datatype}"
    if form := _FORMS.get(datatype.value):
        test += f" || !REGEX(STR({value}), {_literal(f'^({form})$')})"
    return f"({test})"


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _short(term: Any) -> str:
    """Write a term for people: a bare IRI, a literal's text."""
    return str(getattr(term, "value", term))


def _pyshacl(store: ox.Store, shapes: ox.Store) -> list[Violation]:
    import pyoxigraph as ox
    import rdflib
    from pyshacl import validate as run

    def copy(source: Any) -> rdflib.Graph:
        text = ox.serialize((q.triple for q in source), format=ox.RdfFormat.N_TRIPLES)
        return rdflib.Graph().parse(data=text, format="nt")

    _, report, _ = run(copy(store), shacl_graph=copy(shapes), inplace=True)
    sh = rdflib.Namespace(SH)
    found = []
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        path, value = report.value(result, sh.resultPath), report.value(result, sh.value)
        found.append(
            Violation(
                str(report.value(result, sh.focusNode)),
                str(report.value(result, sh.resultMessage)),
                str(path or ""),
                str(value if value is not None else ""),
            )
        )
    return found
