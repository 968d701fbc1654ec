"""A SPARQL endpoint and small web server for one graph: read-only, on this machine unless asked otherwise.

/sparql             SPARQL 1.1 Protocol (query), and the Service Description
/                   an editor with the named questions as examples
/api/...            named questions, plain words, search and leaderboards as JSON; /openapi.json describes them
/resource/...       what the graph says about an IRI, as a page or as RDF; /hardware/fpga works too
/explore            the explorer
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kg.errors import KgError, QueryError, QueryTimeout, UnknownName
from kg.export.rdf.vocabulary import KINDS
from kg.query import pages
from kg.query.formats import GRAPH_FORMATS, TABLE_FORMATS
from kg.query.index import folder
from kg.query.questions import bind, describe, question, questions
from kg.query.worker import MAX_BYTES, NotAcceptable, Pool, Reply

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: The editor, built by `make assets`.
WEB = Path(__file__).parent / "web" / "dist"

#: Other names under which clients ask for a format.
_ALSO = {
    "application/json": "json", "application/xml": "xml", "text/xml": "xml", "text/plain": "nt",
    "application/x-turtle": "turtle", "text/n3": "n3", "application/rdf+n3": "n3",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost: seconds, rows or triples, bytes of a query, memory of a worker in bytes."""

    timeout: float = 30.0
    rows: int = 100_000
    query_bytes: int = 2**20
    memory: int | None = 4 * 2**30


@dataclass
class Server:
    """Answers requests about one graph."""

    graph: KnowledgeGraph
    pool: Pool
    limits: Limits
    allow_service: bool
    cache: Cache = field(default_factory=lambda: Cache())
    _running: dict[Any, _Run] = field(default_factory=dict)

    async def ask(self, request: Request, sparql: str, formats: str, **more: Any) -> Reply:
        """Answer a query in a worker; equal queries share one run, which ends when all who asked have gone."""
        key = (sparql, formats, json.dumps(more))
        lasting = not _CHANGING.search(sparql)
        known = self.cache.get(key)
        if known is not None:
            return known
        run = self._running.get(key) if lasting else None
        if run is None:
            task = asyncio.create_task(
                self.pool.ask(
                    {"query": sparql, "format": formats, "base": self.graph.base, "limit": self.limits.rows,
                     "allow_service": self.allow_service, "max_bytes": MAX_BYTES, **more},
                    timeout=self.limits.timeout,
                )
            )  # fmt: skip
            run = _Run(task)
            if lasting:
                self._running[key] = run
        run.waiting += 1
        gone = asyncio.create_task(_gone(request))
        try:
            await asyncio.wait({run.task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not run.task.done():
                raise HTTPException(499)
            reply = run.task.result()
        finally:
            run.waiting -= 1
            gone.cancel()
            if not run.waiting:
                if self._running.get(key) is run:
                    del self._running[key]
                run.task.cancel()
                await asyncio.gather(run.task, return_exceptions=True)
            await asyncio.gather(gone, return_exceptions=True)
        if lasting:
            self.cache.put(key, reply)
        return reply


@dataclass
class _Run:
    """A query under way, and how many requests wait for its answer."""

    task: asyncio.Task[Reply]
    waiting: int = 0


#: Functions whose value is another each time, and what asks other servers: such answers are not kept.
_CHANGING = re.compile(r"\b(?:RAND|NOW|UUID|STRUUID|BNODE)\s*\(|\bSERVICE\b", re.IGNORECASE)


async def _gone(request: Request) -> None:
    """Wait until the client has gone away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Cache:
    """The last small answers: the graph does not change while it is served."""

    def __init__(self, *, most: int = 64 * 2**20, largest: int = 2**20) -> None:
        self._most, self._largest, self._size = most, largest, 0
        self._kept: OrderedDict[Any, Reply] = OrderedDict()

    def get(self, key: Any) -> Reply | None:
        """Give an answer that is still kept."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Any, reply: Reply) -> None:
        """Keep an answer; the longest unused ones go."""
        if len(reply.body) > self._largest or key in self._kept:
            return
        self._kept[key] = reply
        self._size += _cost(key, reply)
        while self._size > self._most:
            old, gone = self._kept.popitem(last=False)
            self._size -= _cost(old, gone)


def _cost(key: Any, reply: Reply) -> int:
    return len(reply.body) + 2 * sum(map(len, key)) + 1000


# SPARQL 1.1 Protocol


async def sparql(request: Request) -> Response:
    """Answer a query of the SPARQL 1.1 Protocol, or describe the service."""
    server: Server = request.app.state.server
    text, parameters = await _query_of(request, server.limits)
    if text is None:
        return _service_description(request, server)
    formats = _accepted(request)
    reply = await server.ask(
        request, text, formats,
        default_graphs=parameters.get("default-graph-uri", []), named_graphs=parameters.get("named-graph-uri", []),
    )  # fmt: skip
    return _answer(reply)


def _answer(reply: Reply) -> Response:
    format = reply.head["format"]
    media = {**TABLE_FORMATS, **GRAPH_FORMATS}[format]
    headers = {"Vary": "Accept", "Kg-Rows": str(reply.head["rows"])}
    if reply.head["truncated"]:
        headers["Kg-Truncated"] = "true"
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    return Response(reply.body, media_type=media + charset, headers=headers)


async def _query_of(request: Request, limits: Limits) -> tuple[str | None, dict[str, list[str]]]:
    """Take the query and the other parameters out of a request, or refuse it as the protocol says."""
    parameters = parse_qs(request.url.query, keep_blank_values=True, max_num_fields=1000)
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind not in ("application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"):
            raise HTTPException(415, "send a form, or the query as application/sparql-query")
        body = await _body(request, limits.query_bytes)
        if kind == "application/sparql-update":
            raise HTTPException(403, "this endpoint is read-only: it takes no updates")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise HTTPException(400, "the query is not UTF-8") from None
        if "\0" in text:
            raise HTTPException(400, "the query is not UTF-8 text")
        if kind == "application/sparql-query":
            if "query" in parameters:
                raise HTTPException(400, "two queries: one in the address, one in the body")
            parameters["query"] = [text]
        else:
            for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=1000):
                parameters.setdefault(name, []).append(value)
    if "update" in parameters:
        raise HTTPException(403, "this endpoint is read-only: it takes no updates")
    given = parameters.get("query", [])
    if len(given) > 1:
        raise HTTPException(400, "more than one query")
    if not given:
        if request.method == "POST":
            raise HTTPException(400, "no query")
        return None, parameters
    if len(given[0].encode()) > limits.query_bytes:
        raise HTTPException(413, f"the query is larger than {limits.query_bytes:,} bytes")
    for name in ("default-graph-uri", "named-graph-uri"):
        for iri in parameters.get(name, []):
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*", iri):
                raise HTTPException(400, f"{name} is not an absolute IRI: {iri[:200]}")
    return given[0], parameters


async def _body(request: Request, most: int) -> bytes:
    """Read a body, but not more than it may have."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > most:
        raise HTTPException(413, f"the body is larger than {most:,} bytes")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413, f"the body is larger than {most:,} bytes")
    return body


def _accepted(request: Request) -> str:
    """Choose a format for tables and one for triples by the Accept header; "-" where none fits."""
    accept = request.headers.get("accept", "*/*")
    table, triples = (_best(accept, known) for known in (TABLE_FORMATS, GRAPH_FORMATS))
    if table is None and triples is None:
        raise HTTPException(406, f"offered: {', '.join((*TABLE_FORMATS.values(), *GRAPH_FORMATS.values()))}")
    return f"{table or '-'} {triples or '-'}"


def _best(accept: str, known: Mapping[str, str]) -> str | None:
    """Find the format that an Accept header prefers (RFC 9110); ours goes first among equals."""
    choices: list[tuple[float, int, int, str]] = []
    for n, part in enumerate(accept.split(",")):
        media, *parameters = (p.strip() for p in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            q = float(quality)
        except ValueError:
            q = 0.0
        media = media.casefold()
        for rank, (name, own) in enumerate(known.items()):
            exact = own == media or _ALSO.get(media) == name
            if q > 0 and (exact or media == "*/*" or (media.endswith("/*") and own.startswith(media[:-1]))):
                choices.append((-q, 0 if exact else 1, n if exact else rank, name))
    return min(choices)[-1] if choices else None


def _service_description(request: Request, server: Server) -> Response:
    """Describe the service as RDF (SPARQL 1.1 Service Description)."""
    import pyoxigraph as ox

    from kg.query.results import write_triples
    from kg.query.sparql import prefixes

    format = _best(request.headers.get("accept", "*/*"), GRAPH_FORMATS)
    if format is None:
        raise HTTPException(406, f"offered: {', '.join(GRAPH_FORMATS.values())}; or give a query")
    sd, rdf = "http://www.w3.org/ns/sparql-service-description#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    me, data, graph = ox.BlankNode("service"), ox.BlankNode("dataset"), ox.BlankNode("graph")
    formats = [str(k.iri) for m in TABLE_FORMATS.values() if (k := ox.QueryResultsFormat.from_media_type(m))]
    formats += [str(r.iri) for m in GRAPH_FORMATS.values() if (r := ox.RdfFormat.from_media_type(m))]
    said: list[tuple[Any, str, Any]] = [
        (me, rdf + "type", ox.NamedNode(sd + "Service")),
        (me, sd + "endpoint", ox.NamedNode(str(request.url.replace(query="")))),
        (me, sd + "supportedLanguage", ox.NamedNode(sd + "SPARQL11Query")),
        (me, sd + "defaultDataset", data),
        (data, rdf + "type", ox.NamedNode(sd + "Dataset")),
        (data, sd + "defaultGraph", graph),
        (graph, rdf + "type", ox.NamedNode(sd + "Graph")),
        *((me, sd + "resultFormat", ox.NamedNode(iri)) for iri in formats),
    ]
    if server.allow_service:
        said.append((me, sd + "feature", ox.NamedNode(sd + "BasicFederatedQuery")))
    triples = [ox.Triple(s, ox.NamedNode(p), o) for s, p, o in said]
    body = write_triples(triples, format, {**prefixes(server.graph.base), "sd": sd})
    return Response(body, media_type=GRAPH_FORMATS[format], headers={"Vary": "Accept"})


# Pages and resources


async def home(request: Request) -> Response:
    """Show the editor; where it was not built, a page that works without it."""
    page = WEB / "index.html"
    if page.is_file():
        return HTMLResponse(page.read_text(encoding="utf-8"), headers=pages.EDITOR)
    server: Server = request.app.state.server
    return HTMLResponse(pages.plain_home(list(questions().values()), server.graph), headers=pages.STRICT)


async def resource(request: Request) -> Response:
    """Tell what the graph says about an IRI, as a page or as RDF."""
    server: Server = request.app.state.server
    path = request.path_params["path"]
    if "kind" in request.path_params:
        path = f"{request.path_params['kind']}/{path}"
    if not re.fullmatch(r"[\w.~:@!$&'()*+,;=/%-]+", path, re.ASCII):
        raise HTTPException(404, "no such thing")
    iri = server.graph.iri(path)
    accept = request.headers.get("accept", "*/*")
    format = _best(accept, {"html": "text/html", **GRAPH_FORMATS})
    if format is None:
        raise HTTPException(406, f"offered: text/html, {', '.join(GRAPH_FORMATS.values())}")
    if format != "html":
        reply = await server.ask(request, pages.DESCRIBED.replace("$IRI", f"<{iri}>"), f"- {format}")
        if not reply.head["rows"]:
            raise HTTPException(404, f"the graph says nothing about {iri}")
        return _answer(reply)
    rows = await server.ask(request, pages.RESOURCE.replace("$IRI", f"<{iri}>"), "json -")
    found = json.loads(rows.body)["results"]["bindings"]
    if not found:
        raise HTTPException(404, f"the graph says nothing about {iri}")
    return HTMLResponse(pages.resource(iri, found, server.graph), headers={"Vary": "Accept", **pages.STRICT})


async def explore(request: Request) -> Response:
    """Show the explorer, made once and then kept."""
    from kg.export import EXPORTERS

    state = request.app.state
    if not hasattr(state, "explorer"):
        state.explorer = asyncio.create_task(run_in_threadpool(_explorer, state.server.graph, EXPORTERS["html"]))
    try:
        page = await asyncio.shield(state.explorer)
    except KgError as error:
        raise HTTPException(503, str(error)) from error
    return HTMLResponse(page)


def _explorer(graph: KnowledgeGraph, write: Any) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "explorer.html"
        write(graph, path)
        return path.read_bytes()


# JSON routes


async def api_questions(request: Request) -> Response:
    """List the named questions with an example in SPARQL that runs as it is."""
    listed = [{**describe(q), "sparql": _with_prefixes(q.sparql, request)} for q in questions().values()]
    return JSONResponse({"questions": listed})


async def api_terms(request: Request) -> Response:
    """List prefixes, and the classes and properties of our ontology, for editors that complete."""
    from kg.export.rdf.vocabulary import ONTOLOGY
    from kg.query.sparql import prefixes
    from kg.query.syntax import ontology_names

    names = sorted(ontology_names())
    classes, properties = ([ONTOLOGY + n for n in names if n[0].isupper() == upper] for upper in (True, False))
    known = prefixes(request.app.state.server.graph.base)
    return JSONResponse({"prefixes": known, "classes": classes, "properties": properties})


def _with_prefixes(text: str, request: Request) -> str:
    from kg.query.sparql import with_prefixes

    return with_prefixes(text, request.app.state.server.graph.base)


async def api_question(request: Request) -> Response:
    """Ask a named question; parameters of the question are parameters of the address."""
    server: Server = request.app.state.server
    values = dict(request.query_params)
    named = question(request.path_params["name"])
    text = await run_in_threadpool(bind, server.graph, named, values)
    return _answer(await server.ask(request, text, _accepted(request)))


async def api_ask(request: Request) -> Response:
    """Ask in plain words; the reply says what was understood."""
    from kg.query.ask import understand

    server: Server = request.app.state.server
    meant = await run_in_threadpool(understand, server.graph, _needed(request, "q"))
    text = await run_in_threadpool(bind, server.graph, question(meant.question), meant.values)
    reply = await server.ask(request, text, "json -")
    understood = {"question": meant.question, "values": dict(meant.values), "score": meant.score, "sparql": text}
    return JSONResponse({"understood": understood, "answer": json.loads(reply.body)})


async def api_search(request: Request) -> Response:
    """Search for words."""
    from kg.query.search import search

    server: Server = request.app.state.server
    words, type = _needed(request, "q"), request.query_params.get("type")
    limit = min(_number(request, "limit", 20), 1000)
    hits = await run_in_threadpool(lambda: list(search(server.graph, words, type=type, limit=limit)))
    found = [{**asdict(h), "iri": server.graph.iri(h.id), "snippet": h.snippet.replace("\x02", "").replace("\x03", "")}
             for h in hits]  # fmt: skip
    return JSONResponse({"hits": found})


async def api_leaderboard(request: Request) -> Response:
    """Rank comparable results."""
    from kg.query.leaderboard import leaderboard

    server: Server = request.app.state.server
    chosen = {k: v for k, v in request.query_params.items() if k in ("task", "dataset", "metric", "hardware")}
    if not chosen:
        raise HTTPException(400, "give at least one of task, dataset, metric, hardware")
    groups = await run_in_threadpool(lambda: leaderboard(server.graph, **chosen))
    return JSONResponse({"groups": [asdict(g) for g in groups]})


def _needed(request: Request, name: str) -> str:
    value = request.query_params.get(name, "").strip()
    if not value:
        raise HTTPException(400, f"the parameter {name} is needed")
    return value


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, str(default))
    if not value.isdigit() or not int(value):
        raise HTTPException(400, f"{name} must be a whole number above 0")
    return int(value)


async def openapi(request: Request) -> Response:
    """Describe the JSON routes (OpenAPI 3.1)."""
    return JSONResponse(pages.openapi(list(questions().values())))


# The application


async def _failed(request: Request, error: Exception) -> Response:
    """Say in plain text what went wrong, with the status that fits."""
    if isinstance(error, HTTPException):
        status, text = error.status_code, error.detail
        headers = dict(error.headers or {})
    else:
        headers = {}
        text = str(error)
        if isinstance(error, QueryTimeout):
            status = 503
        elif isinstance(error, NotAcceptable):
            status = 406
        elif isinstance(error, UnknownName):
            status = 404
        else:
            status = 400 if isinstance(error, QueryError) else 500
    return Response(text + "\n", status, media_type="text/plain; charset=utf-8", headers=headers)


def make_app(
    graph: KnowledgeGraph,
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    allow_service: bool = False,
    cors: str = "*",
) -> Starlette:
    """Make the ASGI application that serves a graph."""
    from kg.workers import default_workers

    limits = limits or Limits()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with folder(graph, graphs=True) as path:
            pool = Pool(path, workers or min(8, max(2, default_workers())), limits.memory)
            await pool.start()
            app.state.server = Server(graph, pool, limits, allow_service)
            try:
                yield
            finally:
                await pool.stop()

    routes = [
        Route("/", home),
        Route("/sparql", sparql, methods=["GET", "POST"]),
        Route("/sparql/", sparql, methods=["GET", "POST"]),
        Route("/explore", explore),
        Route("/openapi.json", openapi),
        Route("/api/questions", api_questions),
        Route("/api/questions/{name}", api_question),
        Route("/api/terms", api_terms),
        Route("/api/ask", api_ask),
        Route("/api/search", api_search),
        Route("/api/leaderboard", api_leaderboard),
        Route("/resource/{path:path}", resource),
        *(Route(f"/{kind}/{{path:path}}", _of_kind(kind)) for kind in KINDS),
    ]
    if (WEB / "assets").is_dir():
        routes.append(Mount("/assets", StaticFiles(directory=WEB / "assets")))  # type: ignore[arg-type]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={HTTPException: _failed, KgError: _failed},
        middleware=[
            Middleware(
                CORSMiddleware, allow_origins=[cors], allow_methods=["GET", "POST"], allow_headers=["*"],
                expose_headers=["Kg-Rows", "Kg-Truncated"],
            )
        ],
    )  # fmt: skip


def _of_kind(kind: str) -> Any:
    async def node(request: Request) -> Response:
        request.path_params["kind"] = kind
        return await resource(request)

    return node


def serve(
    graph: KnowledgeGraph,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    workers: int | None = None,
    allow_service: bool = False,
    cors: str = "*",
) -> None:
    """Serve a graph until the process is told to stop; running queries get a few seconds to end."""
    import uvicorn

    app = make_app(graph, limits=limits, workers=workers, allow_service=allow_service, cors=cors)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        server_header=False,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()
