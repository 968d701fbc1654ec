"""RDF terms as text: how each syntax writes a node, a name of a vocabulary and a literal.

Writers ask for terms as strings instead of building objects, which is what makes a million triples a matter
of seconds. `NTriples` serves N-Triples, N-Quads and everything that Oxigraph then parses; `Turtle` serves
Turtle and TriG; `Json` gives fragments of JSON-LD.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kg.export.rdf.vocabulary import KINDS, PREFIXES

#: Characters that no XML document may hold, and lone surrogates, which no file may; one code point each.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = str.maketrans(_ESCAPED)
#: What a string must not hold as it is: the rule for all but a few strings is that one search finds nothing.
_SPECIAL = re.compile('[\\\\"\x00-\x1f\ud800-\udfff\ufffe\uffff]')
#: Local names that Turtle takes without escapes.
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?")
_NOT_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def clean(text: str) -> str:
    """Replace what XML or UTF-8 cannot hold, one code point by one, so that offsets stay true.

    >>> clean("a\\x00b") == "a\\ufffdb"
    True
    """
    return _ILLEGAL.sub("\ufffd", text) if _ILLEGAL.search(text) else text


@lru_cache(maxsize=4096)
def decimal(value: float) -> str:
    """Write a number as xsd:decimal, never with an exponent.

    >>> decimal(0.5), decimal(3), decimal(1e-7), decimal(2.5e20)
    ('0.5', '3.0', '0.0000001', '250000000000000000000.0')
    """
    plain = repr(float(value))
    if "e" in plain and math.isfinite(value):
        plain = format(Decimal(plain), "f")
        plain = plain if "." in plain else plain + ".0"
    return plain


def safe_iri(iri: str) -> str:
    """Percent-encode what no IRI may hold."""
    return _NOT_IRI.sub(lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), clean(iri))


class _Written(dict[str, str]):
    """Names as written, each made when it is first looked up."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, curie: str) -> str:
        found = self[curie] = self._make(curie)
        return found


class NTriples:
    """Terms of N-Triples and N-Quads.

    `names["prefix:local"]` is a name of a vocabulary as it is written, `properties[...]` one in the place
    of a property.
    """

    def __init__(self, base: str, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self.base, self.vocabularies = base, prefixes
        self.names: Mapping[str, str] = _Written(self._name)
        self.properties: Mapping[str, str] = _Written(self._property)
        self._decimal = f"^^<{PREFIXES['xsd']}decimal>"
        self._integer = f"^^<{PREFIXES['xsd']}integer>"

    def node(self, id: str) -> str:
        """Write the IRI of a node, edge or result of the graph."""
        return f"<{self.base}{id}>"

    def iri(self, iri: str) -> str:
        """Write a whole IRI from outside."""
        return f"<{safe_iri(iri)}>"

    def _name(self, curie: str) -> str:
        prefix, _, local = curie.partition(":")
        return f"<{self.vocabularies[prefix]}{local}>"

    def _property(self, curie: str) -> str:
        return self._name(curie)

    def text(self, value: str) -> str:
        """Write a string."""
        return f'"{clean(value).translate(_ESCAPES)}"' if _SPECIAL.search(value) else f'"{value}"'

    def decimal(self, value: float) -> str:
        """Write an exact number."""
        return f'"{decimal(value)}"{self._decimal}' if math.isfinite(value) else self.typed(str(value), "xsd:double")

    def integer(self, value: int) -> str:
        """Write a whole number."""
        return f'"{value}"{self._integer}'

    def boolean(self, value: bool) -> str:
        """Write a truth value."""
        return self.typed(str(value).lower(), "xsd:boolean")

    def typed(self, lexical: str, datatype: str) -> str:
        """Write a literal of another type."""
        return f"{self.text(lexical)}^^{self.names[datatype]}"

    def triple(self, subject: str, predicate: str, object: str) -> str:
        """Write a triple term of RDF 1.2."""
        return f"<<( {subject} {predicate} {object} )>>"


class Turtle(NTriples):
    """Terms of Turtle and TriG: prefixed names and bare numbers."""

    def __init__(self, base: str, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self._kinds = frozenset(KINDS)
        super().__init__(base, prefixes)

    def node(self, id: str) -> str:
        """Write a node with the prefix of its kind."""
        kind, _, local = id.partition("/")
        return f"{kind}:{local}" if kind in self._kinds and _LOCAL.fullmatch(local) else f"<{self.base}{id}>"

    def _name(self, curie: str) -> str:
        return curie

    def _property(self, curie: str) -> str:
        return "a" if curie == "rdf:type" else curie

    def iri(self, iri: str) -> str:
        """Write a whole IRI, units of QUDT by their prefix."""
        unit = PREFIXES["unit"]
        if iri.startswith(unit) and _LOCAL.fullmatch(iri, len(unit)):
            return "unit:" + iri[len(unit) :]
        return f"<{safe_iri(iri)}>"

    def decimal(self, value: float) -> str:
        """Write an exact number."""
        return decimal(value) if math.isfinite(value) else self.typed(str(value), "xsd:double")

    def integer(self, value: int) -> str:
        """Write a whole number."""
        return str(value)

    def boolean(self, value: bool) -> str:
        """Write a truth value."""
        return "true" if value else "false"

    def prefixes(self) -> str:
        """Write the prefix declarations: vocabularies, then the kinds of nodes."""
        own = {k: f"{self.base}{k}/" for k in KINDS}
        return "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in sorted({**self.vocabularies, **own}.items()))


class Json(NTriples):
    """Terms of JSON-LD under the context of the schema: values are JSON text, properties are its keys."""

    def __init__(self, base: str, context: Mapping[str, Any]) -> None:
        self._classes = {v: k for k, v in context.items() if isinstance(v, str) and k[0].isupper()}
        super().__init__(base)
        self._relative = base.endswith("/")
        self.keys: dict[str, str] = {}
        self.sets: set[str] = {"type"}
        for key, term in context.items():
            iri = term.get("@id") if isinstance(term, dict) else term
            if isinstance(iri, str) and ":" in iri and not iri.startswith("http") and not key[0].isupper():
                self.keys[iri] = key
                if isinstance(term, dict) and term.get("@container") == "@set":
                    self.sets.add(key)
        self.keys["rdf:type"] = "type"

    def node(self, id: str) -> str:
        """Write a node relative to the base, where the base is one that ids can be relative to."""
        return json.dumps(id if self._relative else self.base + id)

    def iri(self, iri: str) -> str:
        """Write a whole IRI from outside."""
        return json.dumps(safe_iri(iri), ensure_ascii=False)

    def _name(self, curie: str) -> str:
        """Write a class or property; the context knows our classes by their bare names."""
        prefix, _, local = curie.partition(":")
        if prefix == "kg" and local[:1].isupper():
            return json.dumps(local)
        if prefix == "unit":
            return json.dumps(PREFIXES["unit"] + local)
        return json.dumps(self._classes.get(curie, curie))

    def _property(self, curie: str) -> str:
        return self.keys[curie]

    def text(self, value: str) -> str:
        """Write a string."""
        return json.dumps(clean(value), ensure_ascii=False)

    def decimal(self, value: float) -> str:
        """Write an exact number as a string: JSON's numbers would become doubles."""
        return f'"{decimal(value)}"'

    def integer(self, value: int) -> str:
        """Write a whole number."""
        return str(value)

    def boolean(self, value: bool) -> str:
        """Write a truth value."""
        return "true" if value else "false"

    def typed(self, lexical: str, datatype: str) -> str:
        """Write a literal of another type; addresses are typed by the context."""
        if datatype == "xsd:anyURI":
            return self.text(lexical)
        return f'{{"@value": {self.text(lexical)}, "@type": "{datatype}"}}'
