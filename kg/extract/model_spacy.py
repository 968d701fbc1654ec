"""The trained model as a spaCy component: `nlp.add_pipe("kg_model")`.

It sets `doc._.kg_links`, `doc._.kg_relations` and `doc._.kg_results` (as the rules' components do), and
`doc.ents` to the mentions. A title, where there is one, is the first line of the text.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from kg.extract.model import Model, load_model
from kg.types import Paper

for _name in ("kg_links", "kg_relations", "kg_results"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


class ModelComponent:
    """Runs a model on a Doc."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc."""
        title, _, abstract = doc.text.partition("\n")
        if not abstract:
            title, abstract = "", doc.text
        shift = 0 if title else -1  # a paper without a title begins with the line break
        found = self.model.findings(Paper("doc", title, abstract))
        doc._.kg_links, doc._.kg_relations, doc._.kg_results = found.links, found.relations, found.results
        spans: list[Span] = []
        for link in found.links:
            for m in link.mentions:
                span = doc.char_span(m.start + shift, m.end + shift, link.type, alignment_mode="expand")
                if span is not None:
                    spans.append(span)
        doc.ents = filter_spans(spans)
        return doc


@Language.factory(
    "kg_model",
    assigns=["doc.ents", "doc._.kg_links", "doc._.kg_relations", "doc._.kg_results"],
    default_config={"model": None, "threads": 1},
)
def make_component(nlp: Language, name: str, model: str | None, threads: int) -> ModelComponent:
    """Make the component; `model` is a folder that `kg train` wrote, the shipped model by default."""
    return ModelComponent(load_model(model, threads=threads).model)
