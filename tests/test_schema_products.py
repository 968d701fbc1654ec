"""The schema's one source: its products are fresh, and the code agrees with it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from kg import schema
from kg.export import rdf
from kg.export.rdf.vocabulary import HARDWARE_CLASSES, HARDWARE_FACTS, KINDS

HOME = schema.home()
pytest.importorskip("linkml_runtime", reason="linkml is not installed: pip install kg-papers[dev]")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", HOME / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source(generator: ModuleType) -> object:
    return generator.Schema()


def test_products_are_fresh(generator: ModuleType) -> None:
    for name, made in generator.generate().items():
        assert (HOME / name).read_text("utf-8") == made, f"{name} is stale; run: make schema"


def test_a_stale_product_is_noticed(generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "HERE", tmp_path)
    assert generator.main(["--check"]) == 1
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0


def test_types_roles_and_relations_are_those_of_the_source(source: object) -> None:
    view = source.view  # type: ignore[attr-defined]

    def subset(name: str) -> set[str]:
        return {str(n) for n, s in view.all_slots().items() if name in s.in_subset}

    assert subset("role") == set(schema.ROLES)
    assert subset("relation") == set(schema.RELATIONS)
    assert set(schema.NODE_TYPES) <= {str(n) for n in view.all_classes()}
    assert {str(n) for n in view.class_children("Entity")} == set(schema.TYPES)
    assert set(view.class_descendants("Hardware")) - {"Hardware"} == set(HARDWARE_CLASSES)
    assert all(view.get_class(c).is_a == parent for c, parent in HARDWARE_CLASSES.items())


def test_roles_point_where_the_source_says(source: object) -> None:
    for role, types in schema.ROLE_TYPES.items():
        ranges = source.ranges(source.slots[role])  # type: ignore[attr-defined]
        allowed = set(schema.TYPES) if ranges == ["Entity"] else set(ranges)
        assert set(types) <= allowed, role


def test_every_term_that_is_written_stands_in_the_source(source: object) -> None:
    properties = {source.slot_curie(s) for s in source.slots}  # type: ignore[attr-defined]
    assert set(rdf.PREDICATES.values()) <= properties
    assert set(HARDWARE_FACTS.values()) <= properties
    for name, classes in rdf.CLASSES.items():
        allowed = {source.class_curie(name)}  # type: ignore[attr-defined]
        above: str | None = name
        while above:
            c = source.classes[above]  # type: ignore[attr-defined]
            allowed |= {str(m) for m in c.broad_mappings}
            above = c.is_a
        assert set(classes) <= allowed, name


def test_prefixes_agree(source: object) -> None:
    for prefix, iri in rdf.PREFIXES.items():
        assert source.prefixes[prefix] == iri  # type: ignore[attr-defined]
    assert not set(KINDS) & set(rdf.PREFIXES)


@pytest.mark.parametrize("name", ["ontology.ttl", "shapes.ttl"])
def test_two_libraries_read_the_turtle(name: str) -> None:
    import pyoxigraph as ox
    import rdflib

    text = (HOME / name).read_text("utf-8")
    triples = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    assert len(rdflib.Graph().parse(data=text, format="turtle")) == len(triples)


def test_the_ontology_declares_and_explains_every_term() -> None:
    import rdflib
    from rdflib import OWL, RDF, RDFS

    g = rdflib.Graph().parse(HOME / "ontology.ttl")
    declared = {s for s, t in g.subject_objects(RDF.type) if str(t).startswith(str(OWL))}
    for term in declared:
        if isinstance(term, rdflib.URIRef):
            assert g.value(term, RDFS.label), term
            assert g.value(term, RDFS.comment), term
    used = {o for p in (RDFS.subClassOf, RDFS.domain, RDFS.range) for o in g.objects(None, p)}
    used |= set(g.predicates()) | {m for c in g.objects(None, OWL.unionOf) for m in g.items(c)}
    builtin = (str(OWL), str(RDF), "http://www.w3.org/2001/XMLSchema#")
    named = {t for t in used if isinstance(t, rdflib.URIRef) and not str(t).startswith(builtin)}
    of_owl = {RDFS.label, RDFS.comment, RDFS.subClassOf, RDFS.domain, RDFS.range, RDFS.isDefinedBy}
    assert named - declared <= of_owl


def test_what_is_said_about_terms_is_annotation() -> None:
    # Else OWL tools take classes for individuals, and declare what nobody declared.
    import rdflib
    from rdflib import OWL, RDF, RDFS, SKOS

    g = rdflib.Graph().parse(HOME / "ontology.ttl")
    annotations = set(g.subjects(RDF.type, OWL.AnnotationProperty))
    axioms = {RDFS.subClassOf, RDFS.domain, RDFS.range, RDFS.isDefinedBy, RDF.type, RDF.first, RDF.rest}
    own = {p for p in g.predicates() if not str(p).startswith(str(OWL))} - axioms
    assert own <= annotations
    assert {SKOS.exactMatch, SKOS.closeMatch, RDFS.label} <= annotations
    kinds = [{t for t in g.objects(p, RDF.type) if "Property" in t} for p in set(g.subjects(RDF.type, None))]
    assert all(len(k) <= 1 for k in kinds)


def test_the_context_is_json_ld_that_both_libraries_expand() -> None:
    import pyoxigraph as ox
    import rdflib

    context = json.loads((HOME / "context.jsonld").read_text("utf-8"))
    assert list(context) == ["@context"]
    document = json.dumps(
        {**context, "@graph": [{"id": "https://x.invalid/a", "type": "Paper", "evaluates_on": ["https://x.invalid/b"]}]}
    )
    ours = {str(q.triple) for q in ox.parse(document, format=ox.RdfFormat.JSON_LD)}
    assert f"<https://x.invalid/a> <{rdf.ONTOLOGY}evaluatesOn> <https://x.invalid/b>" in ours
    assert len(rdflib.Graph().parse(data=document, format="json-ld")) == len(ours) == 2


def test_linkml_itself_accepts_the_source() -> None:
    generators = pytest.importorskip("linkml.generators.jsonschemagen")
    made = json.loads(generators.JsonSchemaGenerator(str(HOME / "kg.yaml")).serialize())
    assert {"Paper", "Claim", "Hardware"} <= set(made["$defs"])
