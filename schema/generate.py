"""Generate what machines read from `kg.yaml`: OWL ontology, SHACL shapes, JSON-LD context, JSON Schema.

    python schema/generate.py            write them beside kg.yaml
    python schema/generate.py --check    exit with 1 when one of them is stale

Everything is written in the order of kg.yaml, without blank node labels, so that a change of one line in the
source is a change of few lines in the products.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from linkml_runtime.linkml_model.meta import ClassDefinition, SlotDefinition
from linkml_runtime.utils.schemaview import SchemaView

HERE = Path(__file__).parent
SOURCE = HERE / "kg.yaml"

#: Vocabularies whose terms we write; what an ontology browser shows for their terms.
VOCABULARIES = {
    "bibo": "Bibliographic Ontology", "cito": "Citation Typing Ontology", "dcat": "Data Catalog Vocabulary",
    "dct": "DCMI Metadata Terms", "fabio": "FRBR-aligned Bibliographic Ontology",
    "fair4ml": "FAIR for Machine Learning", "foaf": "Friend of a Friend", "mls": "ML-Schema",
    "oa": "Web Annotation Ontology", "prov": "PROV-O", "qudt": "QUDT", "rdf": "RDF", "rdfs": "RDF Schema",
    "schema": "schema.org", "skos": "SKOS", "void": "VoID",
}  # fmt: skip

GENERATED = "# Generated from kg.yaml by generate.py (make schema); do not edit.\n"

#: Disjoint kinds of nodes: nothing is two of them.
DISJOINT = (
    ("Paper", "Author", "Venue", "Entity", "Result", "Claim", "Attestation", "Evidence"),
    ("Architecture", "Method", "Task", "Dataset", "Metric", "Hardware"),
)


def words(name: str) -> str:
    """Write a name of the schema for people.

    >>> words("ProcessInMemory"), words("alt_label"), words("hasArXivId"), words("FPGA")
    ('process in memory', 'alt label', 'has ar xiv id', 'FPGA')
    """
    if name.isupper():
        return name
    spaced = "".join(" " + c.lower() if c.isupper() else c for c in name.replace("_", " "))
    return spaced.strip()


def text(value: str | None) -> str:
    """Write a Turtle string."""
    return json.dumps(" ".join((value or "").split()), ensure_ascii=False)


class Schema:
    """kg.yaml with what its products need to know about classes and slots."""

    def __init__(self, source: Path = SOURCE) -> None:
        self.view = SchemaView(str(source))
        self.meta = self.view.schema
        self.prefixes = {p: str(v.prefix_reference) for p, v in self.meta.prefixes.items()}
        self.classes: dict[str, ClassDefinition] = {str(n): c for n, c in self.view.all_classes().items()}
        self.slots: dict[str, SlotDefinition] = {str(n): s for n, s in self.view.all_slots().items()}

    def class_curie(self, name: str) -> str:
        """Give the IRI of a class, shortened."""
        return str(self.classes[name].class_uri or f"kg:{name}")

    def slot_curie(self, name: str) -> str:
        """Give the property of a slot, shortened."""
        return str(self.slots[name].slot_uri or f"kg:{name}")

    def ranges(self, slot: SlotDefinition) -> list[str]:
        """Name what a slot may hold: one range or several."""
        return [str(r.range) for r in slot.any_of if r.range] or [str(slot.range or self.meta.default_range)]

    def datatype(self, range: str) -> str | None:
        """Give the XSD type of a range; None for classes, IRIs and enums."""
        if range in self.classes or range in self.view.all_enums() or range == "uriorcurie":
            return None
        return str(self.view.get_type(range).uri)

    def induced(self, name: str) -> list[SlotDefinition]:
        """List the slots of a class, inherited ones first."""
        return [self.view.induced_slot(s, name) for s in self.view.class_slots(name)]

    def users(self, slot: str) -> list[str]:
        """List the classes that a slot is written on, widest ones only."""
        return [str(n) for n, c in self.classes.items() if slot in (c.slots or ())]

    def below(self, name: str) -> list[str]:
        """List a class and its subclasses."""
        return [str(n) for n in self.view.class_descendants(name)]

    def prefix_lines(self, used: Iterable[str]) -> Iterator[str]:
        """Write the prefix declarations that a file needs."""
        extra = {"owl": "http://www.w3.org/2002/07/owl#", "sh": "http://www.w3.org/ns/shacl#"}
        known = {**self.prefixes, **extra}
        for prefix in sorted(set(used)):
            yield f"@prefix {prefix}: <{known[prefix]}> ."


def block(subject: str, *statements: str | None) -> str:
    """Write one subject with its predicates, a line each."""
    return f"{subject} " + " ;\n    ".join(s for s in statements if s) + " .\n"


def ontology(schema: Schema) -> str:
    """Write the OWL ontology: our terms, and a declaration with label and comment for each foreign one."""
    home = f"<{schema.meta.id}>"
    out = [
        block(
            home,
            "a owl:Ontology",
            f"rdfs:label {text(schema.meta.title)}@en",
            f"rdfs:comment {text(schema.meta.description)}@en",
            f"dct:license <{schema.meta.license}>",
            f'owl:versionInfo "{schema.meta.version}"',
        )
    ]
    foreign_classes: dict[str, None] = {}
    for name, c in schema.classes.items():
        curie = schema.class_curie(name)
        parents = [schema.class_curie(str(c.is_a))] if c.is_a else []
        parents += [str(m) for m in c.broad_mappings]
        foreign_classes.update(dict.fromkeys(p for p in [*parents, curie] if not p.startswith("kg:")))
        out.append(
            block(
                curie,
                "a owl:Class",
                f"rdfs:label {text(words(name))}@en",
                f"rdfs:comment {text(c.description)}@en",
                f"rdfs:subClassOf {', '.join(parents)}" if parents else None,
                f"skos:exactMatch {', '.join(map(str, c.exact_mappings))}" if c.exact_mappings else None,
                f"skos:closeMatch {', '.join(map(str, c.close_mappings))}" if c.close_mappings else None,
                f"rdfs:isDefinedBy {home}" if curie.startswith("kg:") else None,
            )
        )
    written = {schema.class_curie(n) for n in schema.classes}
    for curie in sorted(set(foreign_classes) - written):
        out.append(_foreign(schema, curie, "owl:Class"))
    for name, s in schema.slots.items():
        if name in ("id", "type"):
            continue
        curie, ranges = schema.slot_curie(name), schema.ranges(s)
        datatypes = [d for r in ranges if (d := schema.datatype(r))]
        data = bool(datatypes) or ranges[0] in schema.view.all_enums()
        kind = "owl:DatatypeProperty" if data else "owl:ObjectProperty"
        if curie in ("rdfs:label", "skos:exactMatch"):
            # The ontology itself uses them of classes and properties, which OWL allows of annotations only.
            kind = "owl:AnnotationProperty"
        own = curie.startswith("kg:")
        targets = datatypes or [schema.class_curie(r) for r in ranges if r in schema.classes]
        mappings = [("skos:exactMatch", s.exact_mappings), ("skos:closeMatch", s.close_mappings)]
        out.append(
            block(
                curie,
                f"a {kind}",
                f"rdfs:label {text(words(name if own else curie.split(':')[1]))}@en",
                f"rdfs:comment {text(s.description)}@en",
                _union("rdfs:domain", [schema.class_curie(u) for u in schema.users(name)]) if own else None,
                _union("rdfs:range", targets) if own and targets else None,
                *(f"{p} {', '.join(map(str, m))}" if m else None for p, m in mappings),
                f"rdfs:isDefinedBy {home}" if own else f"rdfs:isDefinedBy <{schema.prefixes[curie.split(':')[0]]}>",
            )
        )
    for curie in ("rdfs:comment", "dct:license", "skos:closeMatch"):
        out.append(_foreign(schema, curie, "owl:AnnotationProperty"))
    for group in DISJOINT:
        members = " ".join(schema.class_curie(n) for n in group)
        out.append(f"[] a owl:AllDisjointClasses ;\n    owl:members ( {members} ) .\n")
    body = "\n".join(out)
    return GENERATED + "\n".join(schema.prefix_lines(_used(schema, body))) + "\n\n" + body


def _foreign(schema: Schema, curie: str, kind: str) -> str:
    prefix, local = curie.split(":")
    return block(
        curie,
        f"a {kind}",
        f"rdfs:label {text(words(local))}@en",
        f"rdfs:comment {text(f'{local} of {VOCABULARIES[prefix]}, as defined there.')}@en",
        f"rdfs:isDefinedBy <{schema.prefixes[prefix]}>",
    )


def _union(predicate: str, names: list[str]) -> str | None:
    if len(names) > 1:
        return f"{predicate} [ a owl:Class ; owl:unionOf ( {' '.join(names)} ) ]" if names[0][:4] != "xsd:" else None
    return f"{predicate} {names[0]}" if names else None


def _used(schema: Schema, body: str) -> list[str]:
    known = [*schema.prefixes, "owl", "sh"]
    return [p for p in known if re.search(rf"(?<![\w:/]){p}:(?=\w)", re.sub(r'"(\\.|[^"\\])*"', '""', body))]


def shaped(schema: Schema) -> list[str]:
    """List the classes that get a shape: what is written, but for subclasses that add nothing to their parent."""

    def adds(c: ClassDefinition) -> bool:
        return bool(c.slots) or not c.is_a or bool(schema.classes[str(c.is_a)].abstract)

    return [n for n, c in schema.classes.items() if not c.abstract and adds(c)]


def shapes(schema: Schema) -> str:
    """Write SHACL: one node shape a class, every slot a property shape with a message in plain words."""
    out = []
    for name in shaped(schema):
        properties = [_property_shape(schema, name, s) for s in schema.induced(name) if s.name != "id"]
        out.append(
            block(
                f"kg:{name}Shape",
                "a sh:NodeShape",
                f"sh:targetClass {schema.class_curie(name)}",
                "sh:nodeKind sh:IRI",
                f"rdfs:label {text(words(name) + ' shape')}@en",
                f"rdfs:comment {text(schema.classes[name].description)}@en",
                *properties,
            )
        )
    body = "\n".join(out)
    return GENERATED + "\n".join(schema.prefix_lines(_used(schema, body))) + "\n\n" + body


def _property_shape(schema: Schema, owner: str, slot: SlotDefinition) -> str:
    curie, ranges = schema.slot_curie(str(slot.name)), schema.ranges(slot)
    lines = [f"sh:path {curie}", f"sh:name {text(words(str(slot.name)))}"]
    if slot.required:
        lines.append("sh:minCount 1")
    if not slot.multivalued:
        lines.append("sh:maxCount 1")
    options = [_range_shape(schema, r) for r in ranges]
    choice = " ".join(f"[ {' ; '.join(o)} ]" for o in options)
    lines += options[0] if len(options) == 1 else [f"sh:or ( {choice} )"]
    number = schema.datatype(ranges[0]) or "xsd:integer"
    for key, value in (("sh:minInclusive", slot.minimum_value), ("sh:maxInclusive", slot.maximum_value)):
        if value is not None:
            lines.append(f'{key} "{value}"^^{number}' if number != "xsd:integer" else f"{key} {value}")
    many = "at least one" if slot.multivalued else "exactly one"
    need = f"needs {many}" if slot.required else "may have any number of" if slot.multivalued else "may have one"
    kinds = " or ".join(_kind(schema, r) for r in ranges)
    lines.append(f"sh:message {text(f'a {owner} {need} {curie}, {kinds}')}")
    return "sh:property [\n        " + " ;\n        ".join(lines) + "\n    ]"


def _kind(schema: Schema, range: str) -> str:
    if range in schema.view.all_enums():
        return " or ".join(f'"{v}"' for v in schema.view.get_enum(range).permissible_values)
    return schema.datatype(range) or ("an IRI" if range == "uriorcurie" else f"a {range}")


def _range_shape(schema: Schema, range: str) -> list[str]:
    if range == "uriorcurie":
        return ["sh:nodeKind sh:IRI"]
    if range in schema.view.all_enums():
        return [f"sh:in ( {' '.join(text(str(v)) for v in schema.view.get_enum(range).permissible_values)} )"]
    if range == "Node":
        return ["sh:nodeKind sh:IRI"]
    if range in schema.classes:
        concrete = [n for n in schema.below(range) if not schema.classes[n].abstract]
        if schema.classes[range].abstract:
            # Only leaves directly below are written as types, so an abstract class is any of them.
            tops = [n for n in concrete if schema.classes[str(schema.classes[n].is_a)].abstract]
            return [f"sh:or ( {' '.join(f'[ sh:class {schema.class_curie(n)} ]' for n in tops)} )"]
        return [f"sh:class {schema.class_curie(range)}"]
    return [f"sh:datatype {schema.datatype(range)}"]


def context(schema: Schema) -> str:
    """Write the JSON-LD 1.1 context: slot names as keys, class names as types, ids relative to @base."""
    terms: dict[str, Any] = {"@version": 1.1, "@vocab": schema.prefixes["kg"]}
    body: dict[str, Any] = {"id": "@id", "type": "@type"}
    used = {"kg", "xsd", "unit", "wd"}
    for name in schema.classes:
        used.update(m.split(":")[0] for m in map(str, schema.classes[name].broad_mappings))
        if not (curie := schema.class_curie(name)).startswith("kg:"):
            body[name] = curie
            used.add(curie.split(":")[0])
    for name, s in schema.slots.items():
        if name in ("id", "type"):
            continue
        curie, ranges = schema.slot_curie(name), schema.ranges(s)
        used.add(curie.split(":")[0])
        term: dict[str, Any] = {"@id": curie}
        datatypes = [schema.datatype(r) for r in ranges]
        if datatypes == [None] * len(ranges) and ranges[0] not in schema.view.all_enums():
            # A term is looked up in the vocabulary, a node relative to the base.
            term["@type"] = "@vocab" if ranges == ["uriorcurie"] else "@id"
        elif len(datatypes) == 1 and datatypes[0] and datatypes[0] != "xsd:string":
            term["@type"] = datatypes[0]
        if s.multivalued:
            term["@container"] = "@set"
        body[name] = term if len(term) > 1 else curie
    # "unit" is a slot and a prefix; in JSON the slot has the name.
    prefixes = {p: iri for p, iri in sorted(schema.prefixes.items()) if p in used and p not in schema.slots}
    return json.dumps({"@context": {**terms, **prefixes, **body}}, indent=1, ensure_ascii=False) + "\n"


def json_schema(schema: Schema) -> str:
    """Write JSON Schema 2020-12 for the nodes of the JSON-LD export, one definition a class."""
    definitions = {}
    for name in shaped(schema):
        properties, required = {}, []
        for s in schema.induced(name):
            ranges = schema.ranges(s)
            options = [_json_type(schema, r, s) for r in ranges]
            value = options[0] if all(o == options[0] for o in options) else {"anyOf": options}
            if s.name == "issued":
                value = {"anyOf": [_typed(schema.datatype(r)) for r in ranges]}
            if s.multivalued:
                value = {"type": "array", "items": value, "uniqueItems": True}
            properties[str(s.name)] = {**value, "description": " ".join(str(s.description).split())}
            if s.required or s.identifier:
                required.append(str(s.name))
        definitions[name] = {
            "description": " ".join(str(schema.classes[name].description).split()),
            "type": "object",
            "properties": {"@context": True, **properties},
            "required": required,
            "additionalProperties": False,
        }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://w3id.org/kg-papers/kg.schema.json",
        "title": schema.meta.title,
        "description": "A document of kg's JSON-LD export: a context and the nodes.",
        "type": "object",
        "properties": {
            "@context": {"type": "object"},
            "@graph": {"type": "array", "items": {"anyOf": [{"$ref": f"#/$defs/{n}"} for n in definitions]}},
        },
        "required": ["@context", "@graph"],
        "additionalProperties": False,
        "$defs": definitions,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _typed(datatype: str | None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"@value": {"type": "string"}, "@type": {"const": datatype}},
        "required": ["@value", "@type"],
        "additionalProperties": False,
    }


def _json_type(schema: Schema, range: str, slot: SlotDefinition) -> dict[str, Any]:
    if range in schema.view.all_enums():
        return {"enum": [str(v) for v in schema.view.get_enum(range).permissible_values]}
    datatype = schema.datatype(range)
    if datatype == "xsd:integer":
        bounds = {"minimum": slot.minimum_value, "maximum": slot.maximum_value}
        return {"type": "integer", **{k: int(v) for k, v in bounds.items() if v is not None}}
    if datatype == "xsd:boolean":
        return {"type": "boolean"}
    if datatype == "xsd:decimal":
        return {"type": "string", "pattern": str(schema.view.get_type(range).pattern)}
    return {"type": "string"}


PRODUCTS = {
    "ontology.ttl": ontology,
    "shapes.ttl": shapes,
    "context.jsonld": context,
    "kg.schema.json": json_schema,
}


def generate() -> dict[str, str]:
    """Make all products, by file name."""
    schema = Schema()
    return {name: make(schema) for name, make in PRODUCTS.items()}


def main(arguments: list[str]) -> int:
    """Write the products, or only compare them."""
    stale = []
    for name, made in generate().items():
        path = HERE / name
        if not path.is_file() or path.read_text(encoding="utf-8") != made:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(made, encoding="utf-8")
    if "--check" in arguments and stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run: make schema\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
