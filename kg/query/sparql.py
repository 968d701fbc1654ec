"""SPARQL on the graph: preloaded prefixes, a time and a result limit, and errors that show the place."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from kg.errors import QueryError
from kg.export.rdf.vocabulary import KINDS, PREFIXES
from kg.query.results import Answer
from kg.query.syntax import refuse_service, syntax_error, tokenize, unknown_names, wants_graphs
from kg.schema import BASE

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kg.graph import KnowledgeGraph

#: Prefixes that are preloaded beside those of the export: other names and vocabularies that people write.
_MORE: Mapping[str, str] = {
    "cito": "http://purl.org/spar/cito/",
    "dcterms": PREFIXES["dct"],
    "owl": "http://www.w3.org/2002/07/owl#",
    "wd": "http://www.wikidata.org/entity/",
}


def prefixes(base: str = BASE) -> dict[str, str]:
    """Give the preloaded prefixes: `kg:` for the ontology, one per kind of node, and those of others.

    >>> prefixes()["hardware"]
    'https://w3id.org/kg-papers/hardware/'
    """
    return dict(sorted({**PREFIXES, **_MORE, **{k: f"{base}{k}/" for k in KINDS}}.items()))


def with_prefixes(text: str, base: str = BASE) -> str:
    """Declare the preloaded prefixes that a query uses, so that it runs anywhere.

    >>> with_prefixes("ASK { ?s a kg:Paper }").splitlines()[0]
    'PREFIX kg: <https://w3id.org/kg-papers/ontology#>'
    """
    names = prefixes(base)
    used = sorted({token[0].partition(":")[0] for token in tokenize(text) if token.lastgroup == "name"} & set(names))
    return "".join(f"PREFIX {p}: <{names[p]}>\n" for p in used) + text


def query(
    graph: KnowledgeGraph,
    sparql: str,
    *,
    timeout: float | None = None,
    limit: int | None = None,
    values: Mapping[str, Any] | None = None,
    allow_service: bool = False,
) -> Answer:
    """Run SPARQL 1.1 on a graph; prefixes are preloaded.

    `values` binds variables safely, whatever their text: nodes as IRIs, numbers and text as Python values.
    With `timeout` (seconds) the query runs in a process of its own that is stopped at the limit; `limit`
    is the number of rows or triples after which it stops. SERVICE is refused unless allowed: a query does
    not leave this machine. Raises QueryError, with the place, or QueryTimeout.
    """
    from kg.query import index

    graphs = wants_graphs(sparql)
    if timeout is not None:
        from kg.query.worker import ask_worker

        with index.folder(graph, graphs=graphs) as path:
            return ask_worker(
                path, sparql, timeout=timeout, limit=limit, base=graph.base,
                values=values, allow_service=allow_service,
            )  # fmt: skip
    store = index.store(graph, graphs=graphs)
    return run(store, sparql, base=graph.base, limit=limit, values=values, allow_service=allow_service)


def run(
    store: ox.Store,
    sparql: str,
    *,
    base: str = BASE,
    limit: int | None = None,
    values: Mapping[str, Any] | None = None,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
    allow_service: bool = False,
) -> Answer:
    """Run a query on an open triple store, in this process; see `query`."""
    import pyoxigraph as ox

    names = prefixes(base)
    if not allow_service:
        refuse_service(sparql, names)
    options: dict[str, Any] = {"prefixes": names, "base_iri": base}
    if values:
        options["substitutions"] = {ox.Variable(n): term(v) for n, v in values.items()}
    default, named = [ox.NamedNode(g) for g in default_graphs], [ox.NamedNode(g) for g in named_graphs]
    if default or named:
        # A dataset that is given in part is the whole dataset (SPARQL 1.1 Protocol 2.1.4). To Oxigraph an
        # empty list means the usual graphs; a graph that there is not means none.
        none = [ox.NamedNode("urn:kg:none")]
        options |= {"default_graph": default or none, "named_graphs": named or none}
    began = time.perf_counter()
    try:
        found = store.query(sparql, **options)
        parsed = time.perf_counter()
        kind, columns, rows, triples, truth, more = _collect(found, limit)
    except SyntaxError as error:
        raise syntax_error(sparql, str(error), names) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryError(f"the query cannot be answered: {error}") from error
    return Answer(
        kind, columns, rows, truth, triples, more, parsed - began, time.perf_counter() - parsed,
        names, unknown_names(sparql, names),
    )  # fmt: skip


def _collect(found: Any, limit: int | None) -> tuple[str, tuple[str, ...], Any, Any, bool | None, bool]:
    """Take what a query gives, up to the limit, and whether there was more."""
    import pyoxigraph as ox

    if isinstance(found, ox.QueryBoolean):
        return "ask", (), (), (), bool(found), False
    if isinstance(found, ox.QueryTriples):
        triples = tuple(found if limit is None else islice(found, limit + 1))
        return "graph", (), (), triples[:limit], None, limit is not None and len(triples) > limit
    columns = tuple(v.value for v in found.variables)
    taken = found if limit is None else islice(found, limit + 1)
    rows = tuple(tuple(row) for row in taken)
    return "select", columns, rows[:limit], (), None, limit is not None and len(rows) > limit


def term(value: Any) -> Any:
    """Turn a Python value into an RDF term; text that begins with a scheme and `//` is an IRI."""
    import pyoxigraph as ox

    if isinstance(value, (ox.NamedNode, ox.Literal)):
        return value
    if isinstance(value, str) and re.match(r"(https?|urn):\S+$", value):
        return ox.NamedNode(value)
    return ox.Literal(value)
