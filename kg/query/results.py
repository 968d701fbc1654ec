"""Answers to queries, and how they are written: the SPARQL results formats, RDF, and rows of Python values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kg.errors import UnknownName
from kg.query.formats import GRAPH_FORMATS, TABLE_FORMATS

XSD = "http://www.w3.org/2001/XMLSchema#"


@dataclass(frozen=True)
class Answer:
    """What a query gave: a table of terms (SELECT), yes or no (ASK), or triples (CONSTRUCT, DESCRIBE).

    Iterating gives one mapping of Python values per row: IRIs as text, numbers as int, Decimal or float;
    unbound variables are None. `truncated` tells that there was more than the limit asked for. `notes`
    are doubts about the query (an unknown class, say). Times are in seconds.
    """

    kind: str  # "select", "ask" or "graph"
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truth: bool | None = None
    triples: tuple[Any, ...] = ()
    truncated: bool = False
    parse_seconds: float = 0.0
    run_seconds: float = 0.0
    prefixes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Any]:
        if self.kind == "graph":
            yield from self.triples
            return
        for row in self.rows:
            yield {c: to_python(t) for c, t in zip(self.columns, row, strict=True)}

    def __len__(self) -> int:
        return len(self.triples) if self.kind == "graph" else len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.truth) if self.kind == "ask" else len(self) > 0

    def write(self, format: str | None = None) -> bytes:
        """Write the answer in one of `TABLE_FORMATS`, or of `GRAPH_FORMATS` when it holds triples."""
        if self.kind == "graph":
            return write_triples(self.triples, format or "turtle", self.prefixes)
        return write_table(self.columns, self.rows, self.truth, format or "json")


def to_python(term: Any) -> Any:
    """Turn an RDF term into the Python value a reader expects.

    >>> import pyoxigraph as ox
    >>> to_python(ox.Literal(3)), to_python(ox.NamedNode("https://x.org/a")), to_python(None)
    (3, 'https://x.org/a', None)
    """
    if term is None:
        return None
    kind = getattr(term, "datatype", None)
    if kind is None:
        return str(term) if _is_triple(term) else term.value
    name = kind.value.removeprefix(XSD)
    try:
        if name in ("integer", "int", "long", "nonNegativeInteger"):
            return int(term.value)
        if name == "decimal":
            return Decimal(term.value)
        if name in ("double", "float"):
            return float(term.value)
        if name == "boolean":
            return term.value in ("true", "1")
    except (ValueError, InvalidOperation):
        return term.value
    return term.value


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """Write an IRI with the longest prefix that fits, or in full.

    >>> shorten("https://x.org/hardware/fpga", {"": "https://x.org/", "hardware": "https://x.org/hardware/"})
    'hardware:fpga'
    """
    fits = [(len(ns), p) for p, ns in prefixes.items() if iri.startswith(ns) and len(iri) > len(ns)]
    if not fits:
        return iri
    length, prefix = max(fits)
    local = iri[length:]
    return f"{prefix}:{local}" if "/" not in local and "#" not in local else iri


def cell(term: Any, prefixes: Mapping[str, str]) -> str:
    """Show a term to a reader: shortened IRIs, bare literals, numbers without trailing zeros."""
    if term is None:
        return ""
    if hasattr(term, "datatype"):
        value = to_python(term)
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return f"{value:g}" if isinstance(value, float) else str(term.value)
    if _is_triple(term):
        return str(term)
    return shorten(term.value, prefixes) if str(term).startswith("<") else str(term)


def _is_triple(term: Any) -> bool:
    return hasattr(term, "predicate")


# SPARQL results


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], truth: bool | None, format: str) -> bytes:
    """Write a SELECT or ASK answer as the W3C formats say; raises UnknownName for another format."""
    if format not in TABLE_FORMATS:
        raise UnknownName("format of a table", format, TABLE_FORMATS)
    return {"json": _json, "xml": _xml, "csv": _csv, "tsv": _tsv}[format](columns, rows, truth).encode()


def _json_term(term: Any) -> dict[str, Any]:
    if hasattr(term, "datatype"):
        out = {"type": "literal", "value": term.value}
        if term.language:
            out["xml:lang"] = term.language
        elif term.datatype.value != XSD + "string":
            out["datatype"] = term.datatype.value
        return out
    if _is_triple(term):
        parts = {n: _json_term(getattr(term, n)) for n in ("subject", "predicate", "object")}
        return {"type": "triple", "value": parts}
    kind = "uri" if str(term).startswith("<") else "bnode"
    return {"type": kind, "value": term.value}


def _json(columns: Sequence[str], rows: Iterable[Sequence[Any]], truth: bool | None) -> str:
    if truth is not None:
        return json.dumps({"head": {}, "boolean": truth})
    bindings = [{c: _json_term(t) for c, t in zip(columns, row, strict=True) if t is not None} for row in rows]
    out = {"head": {"vars": list(columns)}, "results": {"bindings": bindings}}
    return json.dumps(out, ensure_ascii=False, separators=(",", ":"))


def _xml_term(term: Any) -> str:
    if hasattr(term, "datatype"):
        if term.language:
            return f"<literal xml:lang={quoteattr(term.language)}>{_xml_text(term.value)}</literal>"
        kind = term.datatype.value
        attribute = "" if kind == XSD + "string" else f" datatype={quoteattr(kind)}"
        return f"<literal{attribute}>{_xml_text(term.value)}</literal>"
    if _is_triple(term):
        parts = "".join(f"<{n}>{_xml_term(getattr(term, n))}</{n}>" for n in ("subject", "predicate", "object"))
        return f"<triple>{parts}</triple>"
    tag = "uri" if str(term).startswith("<") else "bnode"
    return f"<{tag}>{escape(term.value)}</{tag}>"


def _xml_text(text: str) -> str:
    # XML 1.0 has no way to write the other control characters.
    return escape("".join(c for c in text if c >= " " or c in "\t\n\r"), {"\r": "&#13;"})


def _xml(columns: Sequence[str], rows: Iterable[Sequence[Any]], truth: bool | None) -> str:
    out = ['<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">']
    if truth is not None:
        out.append(f"<head></head><boolean>{str(truth).lower()}</boolean></sparql>")
        return "".join(out)
    names = "".join(f"<variable name={quoteattr(c)}/>" for c in columns)
    out.append(f"<head>{names}</head><results>")
    for row in rows:
        out.append("<result>")
        for c, term in zip(columns, row, strict=True):
            if term is not None:
                out.append(f"<binding name={quoteattr(c)}>{_xml_term(term)}</binding>")
        out.append("</result>")
    out.append("</results></sparql>")
    return "".join(out)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], truth: bool | None) -> str:
    if truth is not None:
        return str(truth).lower()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow("" if t is None else str(t) if str(t)[:2] in ("_:", "<<") else t.value for t in row)
    return text.getvalue()


def _tsv(columns: Sequence[str], rows: Iterable[Sequence[Any]], truth: bool | None) -> str:
    if truth is not None:
        return str(truth).lower()
    lines = ["\t".join(f"?{c}" for c in columns)]
    lines += ["\t".join("" if t is None else _tsv_term(t) for t in row) for row in rows]
    return "\n".join(lines) + "\n"


def _tsv_term(term: Any) -> str:
    kind = getattr(term, "datatype", None)
    # Turtle writes these numbers bare; the others keep their type.
    if kind is not None and kind.value in (XSD + "integer", XSD + "decimal") and term.value.lstrip("+-")[:1].isdigit():
        return str(term.value)
    return str(term).replace("\t", "\\t")


# RDF


def write_triples(triples: Iterable[Any], format: str, prefixes: Mapping[str, str]) -> bytes:
    """Write triples in one of `GRAPH_FORMATS`; raises UnknownName for another format."""
    import pyoxigraph as ox

    if format not in GRAPH_FORMATS:
        raise UnknownName("format of a graph", format, GRAPH_FORMATS)
    kind = ox.RdfFormat.from_media_type(GRAPH_FORMATS[format])
    assert kind is not None
    ordered = sorted(triples, key=str)  # one block a subject, and the same text for the same answer
    used = {p: ns for p, ns in prefixes.items() if any(ns in str(t) for t in ordered)}
    return ox.serialize(ordered, format=kind, prefixes=used) or b""
