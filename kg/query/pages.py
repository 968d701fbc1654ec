"""Pages and descriptions that the server writes itself: plain HTML without scripts, and OpenAPI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from kg.query.questions import Question
from kg.query.results import shorten
from kg.query.sparql import prefixes, with_prefixes

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: Such a page loads and runs nothing.
STRICT: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}

#: The editor runs what this server sends and talks to it alone.
EDITOR: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
}

#: Everything about $IRI in both directions, with a label for what it is joined to.
RESOURCE = """
SELECT ?out ?predicate ?other ?label WHERE {
  { $IRI ?predicate ?other BIND(true AS ?out) } UNION { ?other ?predicate $IRI BIND(false AS ?out) }
  OPTIONAL { ?other rdfs:label ?label }
} ORDER BY DESC(?out) ?predicate ?label ?other LIMIT 2000
"""

#: The same as triples.
DESCRIBED = "CONSTRUCT { $IRI ?p ?o . ?s ?q $IRI } WHERE { { $IRI ?p ?o } UNION { ?s ?q $IRI } }"

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; background: #fff }
a { color: #0b57a4 } table { border-collapse: collapse; width: 100% } h2 { font-size: 1.1rem; margin-top: 2rem }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ddd }
th { font-weight: 500; white-space: nowrap; width: 12rem } textarea { width: 100%; font: 14px/1.4 monospace }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } a { color: #8ab8f0 } th, td { border-color: #444 } }
"""  # noqa: E501 - a style sheet


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )


def plain_home(listed: Sequence[Question], graph: KnowledgeGraph) -> str:
    """Write a start page that needs no script: a form for SPARQL, one for search, and the questions."""
    first = escape(with_prefixes(listed[0].sparql, graph.base)) if listed else ""
    rows = "".join(
        f"<tr><th>{escape(q.name)}</th><td>{escape(q.title)}<br><small>{escape(_parameters(q))}</small></td></tr>"
        for q in listed
    )
    return _page(
        "Knowledge graph of papers",
        '<h1>Knowledge graph of papers</h1><p><a href="/explore">Explorer</a> · <a href="/openapi.json">OpenAPI</a> · '
        'SPARQL endpoint at <a href="/sparql">/sparql</a></p>'
        '<form action="/api/ask"><label>Ask in plain words <input name="q" size="50"></label>'
        " <button>Ask</button></form>"
        f'<h2>SPARQL</h2><form action="/sparql"><textarea name="query" rows="14" aria-label="query">{first}</textarea>'
        f"<button>Run</button></form><h2>Named questions</h2><table>{rows}</table>",
    )


def _parameters(q: Question) -> str:
    named = (f"{p.name} ({p.type}{'' if p.required else ', optional'})" for p in q.parameters)
    return f"/api/questions/{q.name}: {', '.join(named) or 'no parameters'}"


def resource(iri: str, found: Sequence[Mapping[str, Any]], graph: KnowledgeGraph) -> str:
    """Write what is known about an IRI as a page; things of this graph link to their own pages here."""
    names = prefixes(graph.base)
    groups: dict[tuple[bool, str], list[str]] = defaultdict(list)
    title = iri
    for row in found:
        out = row["out"]["value"] == "true"
        predicate = row["predicate"]["value"]
        if out and predicate.endswith("#label"):
            title = row["other"]["value"]
        groups[out, predicate].append(_other(row, graph.base))
    tables = {True: "", False: ""}
    for (out, predicate), cells in groups.items():
        shown = " · ".join(cells) if predicate.endswith(("Label", "type")) else "<br>".join(cells)
        tables[out] += f"<tr><th>{escape(shorten(predicate, names))}</th><td>{shown}</td></tr>"
    body = f"<h1>{escape(title)}</h1><p><code>{escape(iri)}</code></p><table>{tables[True]}</table>"
    if tables[False]:
        body += f"<h2>Said by others</h2><table>{tables[False]}</table>"
    return _page(title, body)


def _other(row: Mapping[str, Any], base: str) -> str:
    value = row["other"]["value"]
    label = escape(row["label"]["value"] if "label" in row else value)
    if row["other"]["type"] != "uri":
        return label
    here = value.startswith(base) and not value.startswith(base + "ontology")
    target = "/resource/" + value[len(base) :] if here else value
    if not here and not value.startswith(("http://", "https://")):
        return label
    return f'<a href="{escape(target)}">{label}</a>'


def openapi(listed: Sequence[Question]) -> dict[str, Any]:
    """Describe the JSON routes in OpenAPI 3.1, one path for each named question."""
    from kg import __version__

    def text(name: str, help: str, *, required: bool = False, type: str = "string") -> dict[str, Any]:
        return {"name": name, "in": "query", "required": required, "description": help, "schema": {"type": type}}

    def route(summary: str, parameters: list[dict[str, Any]], kind: str = "application/json") -> dict[str, Any]:
        answers = {
            "200": {"description": "the answer", "content": {kind: {"schema": {"type": "object"}}}},
            "400": {"description": "what is wrong with the request"},
            "404": {"description": "no such question or thing; names what is near"},
            "503": {"description": "stopped at the time limit"},
        }
        return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}

    numbers = {"Number": "number", "Integer": "integer"}
    paths = {
        "/api/questions": route("List the named questions", []),
        "/api/terms": route("List prefixes, classes and properties", []),
        "/api/ask": route("Ask in plain words", [text("q", "the question", required=True)]),
        "/api/search": route(
            "Search papers, names and evidence",
            [
                text("q", "words", required=True),
                text("type", "only this type"),
                text("limit", "at most", type="integer"),
            ],
        ),
        "/api/leaderboard": route(
            "Rank comparable results", [text(n, f"the {n}") for n in ("task", "dataset", "metric", "hardware")]
        ),
    }
    for q in listed:
        parameters = [
            text(p.name, p.help, required=p.required, type=numbers.get(p.type, "string")) for p in q.parameters
        ]
        paths[f"/api/questions/{q.name}"] = route(q.title, parameters, "application/sparql-results+json")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Knowledge graph of papers", "version": __version__},
        "paths": paths,
    }
