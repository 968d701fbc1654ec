"""Named questions: SPARQL files with a name, help, typed parameters and phrasings, ready to be asked.

A file `schema/questions/NAME.rq` begins with comments, then comes a query that runs as it is:

    # runs-on: What runs on a kind of hardware?         name and title
    # Methods and architectures that run on it.         help, one or more lines
    # @hardware Hardware! a class, family or chip       a parameter: name, type, "!" if needed, "=default"
    # ? which methods run on {hardware}?                a phrasing in plain words
    SELECT ... WHERE { VALUES ?hardware { hardware:fpga } ... }

A parameter is bound by writing its value into its `VALUES` block, so that what ran can be shown and run again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import KgError, QueryError, SchemaError, UnknownName
from kg.query.results import Answer
from kg.query.sparql import query, with_prefixes
from kg.schema import TYPES, home
from kg.types import Entity

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: What a parameter of a type may be: types of nodes ("A|B" is either). Others are Number, Integer and Type.
ACCEPTS: Mapping[str, tuple[str, ...]] = {
    **{t: (t,) for t in (*TYPES, "Paper", "Author", "Venue")},
    "Model": ("Architecture", "Method"),
    "Thing": TYPES,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question: its name, type, default (None for "any") and help."""

    name: str
    type: str
    required: bool
    default: str | None
    help: str

    @property
    def accepts(self) -> tuple[str, ...]:
        """Types of nodes that it may be; none for numbers and types."""
        return tuple(t for part in self.type.split("|") for t in ACCEPTS.get(part, ()))


@dataclass(frozen=True, slots=True)
class Question:
    """A named question: what it asks, its parameters, how people phrase it, and its SPARQL."""

    name: str
    title: str
    help: str
    parameters: tuple[Parameter, ...]
    phrases: tuple[str, ...]
    sparql: str

    def parameter(self, name: str) -> Parameter:
        """Give a parameter; raises QueryError with those that there are."""
        for p in self.parameters:
            if p.name == name:
                return p
        allowed = ", ".join(f"--{p.name}" for p in self.parameters) or "no parameters"
        raise QueryError(f"{self.name} has no parameter {name!r}", hint=f"it takes {allowed}")


def parse_question(text: str, *, where: Path | None = None) -> Question:
    r"""Read a question from its file's text; raises SchemaError where it is broken.

    >>> q = parse_question("# all: What is there?\n# Everything.\nSELECT * { ?s ?p ?o }")
    >>> q.name, q.title, q.help, q.sparql
    ('all', 'What is there?', 'Everything.', 'SELECT * { ?s ?p ?o }')
    """
    lines = text.splitlines()
    head = [line[1:].strip() for line in lines if line.startswith("#")]
    body = "\n".join(line for line in lines if not line.startswith("#")).strip()
    name, colon, title = head[0].partition(": ") if head else ("", "", "")
    if not colon or not body:
        raise SchemaError('a question begins with "# name: title" and ends with its query', where=where, line=1)
    parameters, phrases, help = [], [], []
    for line in head[1:]:
        if line.startswith("?"):
            phrases.append(line[1:].strip())
        elif line.startswith("@"):
            parameters.append(_parameter(line, body, where))
        else:
            help.append(line)
    return Question(name, title, " ".join(help), tuple(parameters), tuple(phrases), body)


def _parameter(line: str, body: str, where: Path | None) -> Parameter:
    found = re.fullmatch(r"@(\w+) ([\w|]+)(!?)(?:=(\S+))? (.+)", line)
    if not found or not set(found[2].split("|")) <= {*ACCEPTS, "Number", "Integer", "Type"}:
        raise SchemaError(f"not a parameter: {line}", where=where, hint="@name Type[!][=default] help")
    if not _block(found[1]).search(body):
        raise SchemaError(f"no VALUES ?{found[1]} {{ ... }} for the parameter", where=where)
    return Parameter(found[1], found[2], bool(found[3]), found[4], found[5])


def _block(name: str) -> re.Pattern[str]:
    return re.compile(rf"VALUES \?{name} \{{[^{{}}]*\}}")


@cache
def questions() -> Mapping[str, Question]:
    """Load the shipped questions, sorted by name."""
    found = {}
    for path in sorted((home() / "questions").glob("*.rq")):
        question = parse_question(path.read_text(encoding="utf-8"), where=path)
        if question.name != path.stem:
            raise SchemaError(f"the question calls itself {question.name!r}", where=path, line=1)
        found[question.name] = question
    return found


def question(name: str) -> Question:
    """Give a question by its name; raises UnknownName with the nearest ones."""
    if name not in questions():
        raise UnknownName("question", name, questions())
    return questions()[name]


def resolve_value(graph: KnowledgeGraph, parameter: Parameter, value: str) -> str:
    """Turn what a user wrote into the id of a node (a number or type stays text).

    Raises UnknownName with the nearest names, or QueryError for what is not a number.
    """
    if parameter.type in ("Number", "Integer"):
        try:
            number = Decimal(value)
            if not number.is_finite() or (parameter.type == "Integer" and number != int(number)):
                raise InvalidOperation
        except InvalidOperation:
            kind = "a number" if parameter.type == "Number" else "a whole number"
            raise QueryError(f"--{parameter.name} must be {kind}, not {value!r}") from None
        return f"{int(number) if parameter.type == 'Integer' else number:f}"
    if parameter.type == "Type":
        return type_named(value)
    return find(graph, value, parameter.accepts)


def type_named(word: str) -> str:
    """Give the entity type that a word names, in any number; raises UnknownName.

    >>> type_named("datasets"), type_named("hardware"), type_named("Methods")
    ('Dataset', 'Hardware', 'Method')
    """
    forms = {f: t for t in TYPES for f in (t.casefold(), f"{t.casefold()}s")}
    forms |= {"models": "Architecture", "model": "Architecture", "benchmarks": "Dataset", "benchmark": "Dataset",
              "measures": "Metric", "devices": "Hardware", "device": "Hardware", "chips": "Hardware",
              "techniques": "Method", "algorithms": "Method", "problems": "Task"}  # fmt: skip
    if word.casefold() not in forms:
        raise UnknownName("type", word, TYPES)
    return forms[word.casefold()]


def find(graph: KnowledgeGraph, name: str, types: tuple[str, ...]) -> str:
    """Find a node of one of some types by any form of its name, plural or not; raises UnknownName."""
    from kg.graph import paper_node

    error: KgError | None = None
    for form in dict.fromkeys((name, re.sub(r"(?<=\w\w)s$", "", name), re.sub(r"(?<=\w)ies$", "y", name))):
        for type in (None, *types) if len(types) > 1 else types:
            try:
                node = graph.find(form, type)
            except UnknownName as unknown:
                error = error or unknown
                continue
            kind = node.type if isinstance(node, Entity) else "Paper"
            if kind in types:
                return node.id if isinstance(node, Entity) else paper_node(node.id)
    assert error is not None
    raise error


def bind(graph: KnowledgeGraph, asked: Question, values: Mapping[str, str]) -> str:
    """Write parameters into a question's SPARQL, with the prefixes that it uses.

    Values are names as a user writes them; they become IRIs and numbers, never text of the query.
    """
    for name in values:
        asked.parameter(name)
    body = asked.sparql
    for p in asked.parameters:
        given = values.get(p.name, p.default)
        if given is None and p.required:
            raise QueryError(f"{asked.name} needs --{p.name}", hint=f"{p.type.lower()}: {p.help}")
        term = "UNDEF" if given is None else _term(graph, p, resolve_value(graph, p, given))
        body = _written(body, p, term)
    return with_prefixes(body, graph.base)


def _written(body: str, parameter: Parameter, term: str) -> str:
    """Write a term into the places of a parameter; numbers that are always given stand in the filters themselves.

    Oxigraph applies a filter early only when nothing in it comes from another group.
    """
    if parameter.type in ("Number", "Integer") and (parameter.required or parameter.default is not None):
        body = re.sub(rf" *{_block(parameter.name).pattern}\n?", "", body)
        return re.sub(rf"\?{parameter.name}\b", term, body)
    return _block(parameter.name).sub(lambda _: f"VALUES ?{parameter.name} {{ {term} }}", body)


def _term(graph: KnowledgeGraph, parameter: Parameter, value: str) -> str:
    if parameter.type in ("Number", "Integer"):
        return value
    if parameter.type == "Type":
        return f"kg:{value}"
    kind, _, local = value.partition("/")
    plain = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", local)
    return f"{kind}:{local}" if plain else f"<{graph.iri(value)}>"


def ask(
    graph: KnowledgeGraph,
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    limit: int | None = None,
    timeout: float | None = None,
) -> Answer:
    """Ask a named question; see `questions()` for their names and parameters.

    Raises UnknownName for a question, parameter or thing that there is not.
    """
    return query(graph, bind(graph, question(name), values or {}), limit=limit, timeout=timeout)


def describe(asked: Question) -> dict[str, Any]:
    """Give a question's name, title, help and parameters as plain values, for lists and the endpoint."""
    return {
        "name": asked.name,
        "title": asked.title,
        "help": asked.help,
        "parameters": [
            {"name": p.name, "type": p.type, "required": p.required, "default": p.default, "help": p.help}
            for p in asked.parameters
        ],
        "phrases": list(asked.phrases),
    }
