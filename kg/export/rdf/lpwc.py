"""The graph in the shape of Linked Papers With Code, so that queries written for that graph run on this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from kg.export.rdf.statements import Block, Pairs, Statements, date_type
from kg.export.rdf.vocabulary import PREFIXES
from kg.facts import paper_node
from kg.types import Entity, Measurement, Paper

#: Vocabularies of the profile beside ours.
LPWC = {
    "lpwc": "https://linkedpaperswithcode.com/property/",
    "lpwcc": "https://linkedpaperswithcode.com/class/",
    "soac": "https://semopenalex.org/class/",
}

#: Classes of Linked Papers With Code; metrics and hardware it does not know.
CLASSES = {"Architecture": ("model", "method"), "Method": ("method",), "Task": ("task",), "Dataset": ("dataset",)}

#: Roles of a paper and the property that each is there, by the type of the thing.
_ROLES: Mapping[str, Mapping[str, str]] = {
    "hasTask": {"Task": "addresses introduces"},
    "usesDataset": {"Dataset": "evaluates_on uses introduces"},
    "hasMethod": {"Method": "introduces uses", "Architecture": "introduces uses"},
    "hasModel": {"Architecture": "introduces"},
}


class LpwcStatements(Statements):
    """Papers, tasks, datasets, methods, models and evaluations, with the terms of LPWC's ontology (2024-07).

    Every term of theirs that abstracts can fill is filled; IRIs of the data stay ours, so choose
    `--base https://linkedpaperswithcode.com/` for queries that name tasks or datasets by IRI.
    """

    prefixes: ClassVar[Mapping[str, str]] = {**PREFIXES, **LPWC}

    def _everything(self) -> Iterator[Block]:
        for e in self.graph.entities():
            if pairs := self._lpwc_entity(e):
                yield Block(self.terms.node(e.id), pairs)
        for p in self.graph.papers():
            yield from self._lpwc_paper(p)

    def description(self) -> Iterator[Block]:
        """Leave out the description: it counts what this profile does not write."""
        return iter(())

    def _p(self, name: str) -> str:
        return self.terms.properties[f"lpwc:{name}"]

    def _lpwc_entity(self, e: Entity) -> Pairs:
        t, prop = self.terms, self.terms.properties
        name = t.text(e.name)
        label = [(self._label, name), (prop["foaf:name"], name)]
        if e.type == "Author":
            return [(self._type, t.names["soac:Author"]), *label]
        if e.type == "Venue":
            return [(self._type, t.names["lpwcc:conference"]), *label]
        if e.type not in CLASSES:
            return []
        pairs = [(self._type, t.names[f"lpwcc:{c}"]) for c in CLASSES[e.type]]
        pairs += [*label, (prop["dct:title"], name)]
        number = len({edge.source for edge in self.graph.edges(target=e.id) if edge.source.startswith("paper/")})
        pairs.append((self._p("numberPapers"), t.integer(number)))
        for edge in self.graph.edges(target=e.id, type="introduces"):
            paper = self.graph.node(edge.source)
            pairs.append((self._p("introducedBy"), t.node(edge.source)))
            if isinstance(paper, Paper) and paper.date and e.type == "Method":
                pairs.append((self._p("introducedYear"), t.typed(paper.date[:4], "xsd:gYear")))
        if e.type == "Task":
            narrower = self.graph.edges(target=e.id, type="broader")
            pairs += [(self._p("hasSubtask"), t.node(edge.source)) for edge in narrower]
        if e.type == "Dataset":
            variants = [self._name(edge.source) for edge in self.graph.edges(target=e.id, type="broader")]
            pairs += [(self._p("hasVariant"), t.text(v)) for v in variants]
        return list(dict.fromkeys(pairs))

    def _lpwc_paper(self, p: Paper) -> Iterator[Block]:
        t, prop = self.terms, self.terms.properties
        id = paper_node(p.id)
        title = t.text(p.title)
        pairs = [(self._type, t.names["lpwcc:paper"]), (self._label, title), (prop["dct:title"], title)]
        if p.abstract:
            pairs.append((prop["dct:abstract"], t.text(p.abstract)))
        if p.date and date_type(p.date):
            # Queries for a period compare whole dates; what is not known is the first day.
            day = (p.date + "-01-01")[:10] if len(p.date) == 4 else (p.date + "-01")[:10]
            pairs.append((prop["dct:date"], t.typed(day, "xsd:date")))
        if p.ids.get("arxiv"):
            # Their scripts write hasArXivId, their shapes ask for hasArXivID: both are there to be found.
            pairs += [(prop[f"fabio:hasArXivI{d}"], t.text(p.ids["arxiv"])) for d in "dD"]
        if p.url:
            pairs.append((prop["fabio:hasURL"], t.typed(p.url, "xsd:anyURI")))
        pairs += [(self._p("creatorName"), t.text(a)) for a in p.authors]
        for edge in self.graph.edges(source=id):
            if edge.type == "author":
                pairs.append((prop["dct:creator"], t.node(edge.target)))
            elif edge.type == "venue":
                pairs.append((self._p("hasConference"), t.node(edge.target)))
            kind = edge.target.partition("/")[0].capitalize()
            for name, roles in _ROLES.items():
                if edge.type in roles.get(kind, "").split():
                    pairs.append((self._p(name), t.node(edge.target)))
        results = [m for m in self.graph.measurements(paper=p.id) if m.kind == "absolute"]
        pairs += [(self._p("hasEvaluation"), t.node(evaluation_id(m))) for m in results]
        yield Block(t.node(id), list(dict.fromkeys(pairs)))
        for m in results:
            yield from self._lpwc_evaluation(m)

    def _lpwc_evaluation(self, m: Measurement) -> Iterator[Block]:
        t = self.terms
        label = t.text(self.result_label(m))
        pairs = [(self._type, t.names["lpwcc:evaluation"]), (self._label, label)]
        model = m.subject if m.subject and m.subject.startswith(("architecture/", "method/")) else None
        links = (("hasTask", m.task), ("hasDataset", m.dataset), ("hasModel", model))
        pairs += [(self._p(name), t.node(node)) for name, node in links if node]
        pairs.append((self._p("hasEvaluationResult"), t.node(m.id)))
        yield Block(t.node(evaluation_id(m)), pairs)
        metric = self._name(m.metric) if m.metric else m.metric_text
        pairs = [(self._type, t.names["lpwcc:evaluationresult"]), (self._label, label)]
        pairs += [(self._p("metricName"), t.text(metric)), (self._p("metricValue"), t.text(f"{m.value:g}{m.unit}"))]
        yield Block(t.node(m.id), pairs)


def evaluation_id(m: Measurement) -> str:
    """Name the evaluation that a result belongs to."""
    return m.id.replace("result/", "evaluation/", 1)
