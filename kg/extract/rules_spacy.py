"""The steps of the rules as components of a spaCy pipeline: `pipeline()`, or `nlp.add_pipe("kg_names")` and so on.

    kg_names -> kg_definitions -> kg_quantities -> kg_own -> kg_nouns
             -> kg_entities -> kg_roles -> kg_relations -> kg_results

Each is a registered component that declares what it needs and gives (`nlp.analyze_pipes()` shows it), so that a
trained one can take the place of one or several of them. What they hand on are the attributes `doc._.kg_*`;
offsets count characters of `doc.text`.
"""

from __future__ import annotations

from collections.abc import Callable

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.rules import STEPS, Read

#: By step: the attributes that it needs, and those that it gives.
_HANDS_ON = {
    "names": ((), ("names",)),
    "definitions": ((), ("definitions",)),
    "quantities": ((), ("quantities",)),
    "own": (("definitions",), ("own",)),
    "nouns": ((), ("nouns",)),
    "entities": (("names", "definitions", "quantities", "own", "nouns"), ("groups",)),
    "roles": (("groups", "own"), ("sentences", "links")),
    "relations": (("links", "sentences"), ("relations",)),
    "results": (("links", "quantities", "sentences"), ("results",)),
}


def _component(step: Callable[[Read], None], needs: tuple[str, ...], gives: tuple[str, ...]) -> Callable[[Doc], Doc]:
    def run(doc: Doc) -> Doc:
        # Tokens are cut once, by the first component that wants them.
        read = doc.user_data.setdefault("kg_read", Read(doc.text))
        for name in needs:
            setattr(read, name, getattr(doc._, f"kg_{name}"))
        step(read)
        for name in gives:
            setattr(doc._, f"kg_{name}", getattr(read, name))
        return doc

    return run


for _name, (_needs, _gives) in _HANDS_ON.items():
    for _attribute in _gives:
        if not Doc.has_extension(f"kg_{_attribute}"):
            Doc.set_extension(f"kg_{_attribute}", default=None)
    Language.component(
        f"kg_{_name}",
        requires=[f"doc._.kg_{n}" for n in _needs],
        assigns=[f"doc._.kg_{n}" for n in _gives],
        func=_component(STEPS[_name], _needs, _gives),
    )


def pipeline() -> Language:
    """Build a pipeline of all steps, on spaCy's English tokenizer."""
    nlp = spacy.blank("en")
    for name in _HANDS_ON:
        nlp.add_pipe(f"kg_{name}")
    return nlp
