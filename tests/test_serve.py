"""The endpoint as real clients meet it: the SPARQL 1.1 Protocol, its refusals, its limits, and the pages."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import httpx
import pyoxigraph as ox
import pytest
from makers import lacking
from shelf import SHELF

import kg
from kg.query import worker
from kg.query.index import folder

# As patient as a slow machine needs; a fresh connection for each request, as curl makes it.
http = SimpleNamespace(
    **{name: partial(getattr(httpx, name), timeout=60) for name in ("get", "post", "options", "request", "put", "head")}
)

GRAPH_A = "paper/attention-is-all-you-need-"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterable[tuple[str, kg.KnowledgeGraph]]:
    """A server of its own process, as `kg serve` starts it."""
    folder = tmp_path_factory.mktemp("served")
    path = folder / "shelf.jsonl"
    path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in SHELF), encoding="utf-8")
    with kg.build([path], folder / "shelf.kg") as graph:
        process, url = start(folder / "shelf.kg", "--timeout", "4", "--limit", "500", "--workers", "2")
        yield url, graph
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)


def start(store: Path, *options: str) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kg", "serve", str(store), "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/sparql?query=ASK%20%7B%7D", timeout=60)
            return process, f"http://127.0.0.1:{port}"
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture
def url(served: tuple[str, kg.KnowledgeGraph]) -> str:
    return served[0]


@pytest.fixture
def papers(served: tuple[str, kg.KnowledgeGraph]) -> list[str]:
    """IRIs of three papers, which are also names of graphs."""
    from kg.graph import paper_node

    return [served[1].iri(paper_node(p.id)) for p in served[1].papers()][:3]


FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"


# The cases of the W3C's protocol tests for queries, with graphs of our own


def test_query_by_get_and_both_posts(url: str) -> None:
    for response in (
        http.get(f"{url}/sparql", params={"query": "ASK {}"}),
        http.post(f"{url}/sparql", data={"query": "ASK {}"}),
        http.post(f"{url}/sparql", content="ASK {}", headers={"Content-Type": DIRECT}),
        http.post(f"{url}/sparql/", content="ASK {}", headers={"Content-Type": f"{DIRECT}; charset=utf-8"}),
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/sparql-results+json"
        assert response.json()["boolean"] is True


@pytest.mark.parametrize("method", ["get", "form", "direct"])
def test_datasets_of_the_protocol(url: str, papers: list[str], method: str) -> None:
    a, b, c = papers
    # In its own graph a paper has what it says; elsewhere it is not even named as a subject.
    has = "<{}> kg:introduces|kg:uses|kg:mentions ?x".format
    a_too, b_too = (has(g).replace("?x", "?y") for g in (a, b))
    cases = [
        ([a], [], f"ASK {{ {has(a)} FILTER NOT EXISTS {{ {has(b)} }} }}"),
        ([a, b], [], f"ASK {{ {has(a)} . {b_too} }}"),
        ([], [a, b], f"ASK {{ GRAPH ?g {{ {has(a)} }} GRAPH ?h {{ {b_too} }} FILTER NOT EXISTS {{ {has(a)} }} }}"),
        ([c], [a, b], f"ASK {{ {has(c)} GRAPH ?g {{ {a_too} }} FILTER NOT EXISTS {{ GRAPH ?h {{ {has(c)} }} }} }}"),
        # What the protocol says goes before what the query says.
        ([a], [], f"ASK {{ {has(a)} FILTER NOT EXISTS {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"),
        ([a], [], f"ASK FROM <{b}> {{ {has(a)} FILTER NOT EXISTS {{ {has(b)} }} }}"),
    ]
    for default, named, text in cases:
        graphs = [("default-graph-uri", g) for g in default] + [("named-graph-uri", g) for g in named]
        if method == "get":
            response = http.get(f"{url}/sparql", params=[("query", text), *graphs])
        elif method == "form":
            body = urlencode([("query", text), *graphs])
            response = http.post(f"{url}/sparql", content=body, headers={"Content-Type": FORM})
        else:
            where = f"{url}/sparql?{urlencode(graphs)}"
            response = http.post(where, content=text, headers={"Content-Type": DIRECT})
        assert response.status_code == 200, response.text
        assert response.json()["boolean"] is True, text


def test_content_types_of_answers(url: str) -> None:
    for query, accept, wanted in [
        ("SELECT (1 AS ?x) {}", "application/sparql-results+xml", "application/sparql-results+xml"),
        ("SELECT (1 AS ?x) {}", "text/csv", "text/csv; charset=utf-8"),
        ("SELECT (1 AS ?x) {}", "text/html,application/xml;q=0.9,*/*;q=0.1", "application/sparql-results+xml"),
        ("SELECT (1 AS ?x){}", "text/csv;q=0.2, text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("ASK {}", "application/json", "application/sparql-results+json"),
        ("DESCRIBE hardware:fpga", "application/rdf+xml", "application/rdf+xml"),
        ("DESCRIBE hardware:fpga", "*/*", "text/turtle; charset=utf-8"),
        ("CONSTRUCT { <a:s> <a:p> 1 } WHERE {}", "application/n-triples, text/turtle;q=0.5", "application/n-triples"),
        ("CONSTRUCT { <a:s> <a:p> 1 } WHERE {}", "application/ld+json", "application/ld+json"),
    ]:  # fmt: skip
        response = http.get(f"{url}/sparql", params={"query": query}, headers={"Accept": accept})
        assert response.status_code == 200
        assert response.headers["content-type"] == wanted
        assert "accept" in response.headers["vary"].casefold()


REFUSED = [
    ("PUT", "/sparql?query=ASK%20%7B%7D", None, None, 405),
    ("DELETE", "/sparql?query=ASK%20%7B%7D", None, None, 405),
    ("GET", "/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D", None, None, 400),
    ("POST", "/sparql", FORM, b"query=ASK%20%7B%7D&query=ASK%20%7B%7D", 400),
    ("POST", "/sparql?query=ASK%20%7B%7D", DIRECT, b"ASK {}", 400),
    ("POST", "/sparql", "text/plain", b"ASK {}", 415),
    ("POST", "/sparql", None, b"query=ASK%20%7B%7D", 415),
    ("POST", "/sparql", None, b"ASK {}", 415),
    ("POST", "/sparql", DIRECT, "ASK {}".encode("utf-16"), 400),
    ("POST", "/sparql", DIRECT, b"ASK { '\xff' }", 400),
    ("GET", "/sparql?query=ASK%20%7B", None, None, 400),
    ("POST", "/sparql", FORM, b"", 400),
    ("GET", "/sparql?update=CLEAR%20ALL", None, None, 403),
    ("POST", "/sparql", FORM, b"update=CLEAR%20ALL", 403),
    ("POST", "/sparql", "application/sparql-update", b"CLEAR ALL", 403),
    ("POST", "/sparql", DIRECT, b"INSERT DATA { <a:a> <a:b> <a:c> }", 400),
    ("POST", "/sparql", DIRECT, b"LOAD <file:///etc/passwd>", 400),
    ("GET", "/sparql?query=ASK%20%7B%7D&default-graph-uri=not%20an%20iri", None, None, 400),
    ("POST", "/sparql", DIRECT, b"#" * 2_000_000, 413),
    ("GET", "/nothing/here", None, None, 404),
    ("GET", "/resource/hardware/no-such", None, None, 404),
    ("GET", "/resource/hardware/a%22%3E%7B", None, None, 404),
]


@pytest.mark.parametrize(("method", "path", "kind", "body", "status"), REFUSED)
def test_refusals(url: str, method: str, path: str, kind: str | None, body: bytes | None, status: int) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert http.request(method, url + path, content=body, headers=headers).status_code == status


def test_not_acceptable(url: str) -> None:
    for query, accept in [("ASK {}", "image/png"), ("ASK {}", "text/turtle"), ("DESCRIBE <a:b>", "text/csv")]:
        response = http.get(f"{url}/sparql", params={"query": query}, headers={"Accept": accept})
        assert response.status_code == 406


def test_an_error_tells_the_position(url: str) -> None:
    response = http.get(f"{url}/sparql", params={"query": "SELECT *\nWHER { ?s ?p ?o }"})
    assert response.status_code == 400
    assert response.text.startswith("line 2, column 1: 'WHER' is not understood here (did you mean WHERE?)")


def test_service_description(url: str) -> None:
    response = http.get(f"{url}/sparql", headers={"Accept": "text/turtle"})
    said = {
        q.predicate.value.partition("#")[2]: q.object for q in ox.parse(response.content, format=ox.RdfFormat.TURTLE)
    }
    assert said["endpoint"] == ox.NamedNode(f"{url}/sparql")
    assert said["supportedLanguage"].value.endswith("#SPARQL11Query")
    assert "feature" not in said
    assert http.get(f"{url}/sparql", headers={"Accept": "text/csv"}).status_code == 406


def test_cors(url: str) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    allowed = http.options(f"{url}/sparql", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "*"
    got = http.get(f"{url}/sparql?query=ASK%20%7B%7D", headers={"Origin": "https://example.org"})
    assert got.headers["access-control-allow-origin"] == "*"


# Limits

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def test_an_endless_query_is_stopped_and_others_go_on(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        endless = [pool.submit(httpx.post, f"{url}/sparql", data={"query": ENDLESS}, timeout=60) for _ in range(2)]
        assert [f.result().status_code for f in endless] == [503, 503]
    assert http.get(f"{url}/sparql", params={"query": "ASK { ?s ?p 'after' }"}).status_code == 200


def test_a_client_that_goes_away_frees_its_worker(served: tuple[str, kg.KnowledgeGraph]) -> None:
    assert served[1].path is not None
    process, url = start(served[1].path, "--timeout", "3600", "--workers", "2")
    try:
        for _ in range(4):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{url}/sparql", data={"query": ENDLESS}, timeout=httpx.Timeout(60, read=0.5))
        # Were one of the two still asked by who has gone, this would wait an hour.
        for n in range(2):
            text = f"ASK {{ ?s ?p 'gone {n}' }}"
            assert httpx.get(f"{url}/sparql", params={"query": text}, timeout=60).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_results_are_limited(url: str) -> None:
    response = http.get(f"{url}/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 100000"})
    assert len(response.json()["results"]["bindings"]) == 500
    assert response.headers["kg-truncated"] == "true"
    assert "kg-truncated" not in http.get(f"{url}/sparql", params={"query": "ASK {}"}).headers


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://169.254.169.254/> { ?s ?p ?o } }",
        "PREFIX ex: <http://127.0.0.1:9/> ASK { SERVICEex:{ ?s ?p ?o } }",
        "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
        "SELECT * { GRAPH <file:///etc/passwd> { ?s ?p ?o } }",
        "SELECT (<http://x.org/exec>('id') AS ?x) {}",
        "SELECT * { ?s ?p ?o } ; DROP ALL",
        "SELECT * { ?s ?p ?o . " + "{" * 5000 + "}" * 5000 + " }",
        "SELECT * { FILTER(" + "(" * 20000 + "1" + ")" * 20000 + ") }",
        "SELECT (REPEAT('x', 1000000000) AS ?x) {}",
        "SELECT (CONCAT(?a, ?a, ?a, ?a) AS ?x) { BIND('x' AS ?a) FILTER REGEX(?a, '(x+x+)+y') }",
    ],
)
def test_queries_meant_to_break_out(url: str, text: str) -> None:
    response = httpx.post(f"{url}/sparql", data={"query": text}, timeout=60)
    assert response.status_code in (200, 400, 503)
    if response.status_code == 200:
        rows = response.json()["results"]["bindings"]
        assert "root:" not in response.text
        assert not any("passwd" in str(row) for row in rows)
    assert http.get(f"{url}/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


# Pages and JSON


def test_iris_dereference(url: str) -> None:
    for path in ("/resource/hardware/fpga", "/hardware/fpga"):
        turtle = http.get(url + path, headers={"Accept": "text/turtle"})
        assert 'rdfs:label "FPGA"' in turtle.text
        page = http.get(url + path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["content-type"].startswith("text/html")
        assert "<h1>FPGA</h1>" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert http.get(f"{url}/hardware/fpga", headers={"Accept": "application/ld+json"}).json()


def test_json_routes(url: str) -> None:
    listed = http.get(f"{url}/api/questions").json()["questions"]
    assert len(listed) >= 25
    for q in listed:  # every example runs as it is
        assert httpx.post(f"{url}/sparql", data={"query": q["sparql"]}, timeout=30).status_code == 200, q["name"]
    found = http.get(f"{url}/api/questions/runs-on", params={"hardware": "FPGA"}).json()
    assert found["results"]["bindings"][0]["method"]["value"] == "PatchFlow"
    assert "it takes --hardware" in http.get(f"{url}/api/questions/runs-on", params={"x": "1"}).text
    assert http.get(f"{url}/api/questions/run-on").status_code == 404
    plain = http.get(f"{url}/api/ask", params={"q": "which methods run on FPGAs?"}).json()
    assert plain["understood"]["question"] == "runs-on"
    assert http.get(f"{url}/api/search", params={"q": "low rank"}).json()["hits"][0]["id"] == "method/lora"
    board = http.get(f"{url}/api/leaderboard", params={"dataset": "ImageNet"}).json()["groups"]
    assert board[0]["rows"][0]["subject"] == "Vision Transformer"
    assert http.get(f"{url}/api/search").status_code == 400
    assert http.get(f"{url}/api/terms").json()["prefixes"]["kg"].endswith("ontology#")


def test_openapi_names_every_route(url: str) -> None:
    described = http.get(f"{url}/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert {"/api/ask", "/api/search", "/api/leaderboard", "/api/questions/runs-on"} <= set(described["paths"])
    openapi_spec_validator = pytest.importorskip("openapi_spec_validator", reason="comes with the dev extra")
    openapi_spec_validator.validate(described)


def test_the_start_page_needs_nothing_from_elsewhere(url: str) -> None:
    page = http.get(url)
    assert page.status_code == 200
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    for path in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        assert http.get(url + path).status_code == 200
    assert "default-src" in page.headers["content-security-policy"]


# Real clients


def test_sparqlwrapper(url: str) -> None:
    from SPARQLWrapper import JSON, POST, TURTLE, XML, SPARQLWrapper

    for method in ("GET", POST):
        client = SPARQLWrapper(f"{url}/sparql")
        client.setMethod(method)
        client.setReturnFormat(JSON)
        client.setQuery("SELECT ?l { hardware:fpga rdfs:label ?l }")
        assert client.queryAndConvert()["results"]["bindings"][0]["l"]["value"] == "FPGA"
        client.setReturnFormat(XML)
        assert "FPGA" in client.query().convert().toxml()
    client.setReturnFormat(TURTLE)
    client.setQuery("CONSTRUCT WHERE { hardware:fpga rdfs:label ?l }")
    assert b"FPGA" in client.query().convert()


def test_rdflib_sparqlstore(url: str) -> None:
    from rdflib import RDFS, Graph, URIRef
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    graph = Graph(SPARQLStore(f"{url}/sparql"))
    fpga = URIRef("https://w3id.org/kg-papers/hardware/fpga")
    assert str(graph.value(fpga, RDFS.label)) == "FPGA"
    assert len(list(graph.query("SELECT ?p { ?p a <https://w3id.org/kg-papers/ontology#Paper> }"))) == len(SHELF)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(url: str) -> None:
    command = ["curl", "-s", "-H", "Accept: text/csv", f"{url}/sparql", "--data-urlencode", "query=SELECT (1 AS ?x) {}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "x\n1\n"


def test_many_readers_at_once(url: str) -> None:
    def ask(n: int) -> int:
        text = f"SELECT ?s {{ ?s a kg:Hardware ; rdfs:label ?l FILTER(STRLEN(?l) > {n % 7}) }}"
        return httpx.get(f"{url}/sparql?query={quote(text)}", timeout=60).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(64))) == {200}


def test_the_start_of_a_worker_is_not_the_querys_time(
    served: tuple[str, kg.KnowledgeGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = worker._command

    def slowly(*arguments: object) -> list[str]:
        return ["sh", "-c", 'sleep 4; exec "$@"', "sh", *usual(*arguments)]  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "_command", slowly)

    async def ask(path: Path) -> str:
        pool = worker.Pool(path, 1)
        await pool.start()
        await pool._kill(pool._idle[0])  # as after a query that was stopped
        request = {"query": "ASK {}", "base": served[1].base, "limit": 1, "allow_service": False, "format": "json -"}
        try:
            return str((await pool.ask(request, timeout=3)).head["kind"])
        finally:
            await pool.stop()

    with folder(served[1], graphs=True) as path:
        assert asyncio.run(ask(path)) == "ask"


def test_a_worker_answers_the_same_from_memory(served: tuple[str, kg.KnowledgeGraph]) -> None:
    """Its memory holds no graphs of papers; those it asks on disk."""
    texts = ["SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"]
    request = {"base": served[1].base, "limit": None, "allow_service": False, "format": "json -"}
    with folder(served[1], graphs=True) as path:
        memory = worker.Memory(path)
        memory.wait()
        disk = ox.Store.read_only(str(path))
        for text in texts:
            asked = {**request, "query": text}
            lines = io.BytesIO(json.dumps(asked).encode() + b"\n")
            out = io.BytesIO()
            worker.main(str(path), lines, out, in_memory=True)
            body = out.getvalue().partition(b"\n")[2]
            assert body == worker._reply(disk, asked)[1]
            if not worker._wants_graphs(asked):
                assert body == worker._reply(memory.store, asked)[1]
        assert worker.Pool(path, 2)._in_memory()
        assert not worker.Pool(path, 2, memory=10_000)._in_memory()
        assert not worker.Pool(path, 10**9)._in_memory()


def test_equal_queries_share_an_answer_unless_it_changes(url: str) -> None:
    def ask(text: str) -> str:
        return httpx.get(f"{url}/sparql", params={"query": text}, timeout=60).raise_for_status().text

    with ThreadPoolExecutor(8) as clients:
        same = set(clients.map(ask, ["SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"] * 8))
        other = set(clients.map(ask, ["SELECT (RAND() AS ?r) {}"] * 8))
    assert len(same) == 1
    assert len(other) == 8


def test_it_ends_gracefully_and_leaves_no_worker(served: tuple[str, kg.KnowledgeGraph]) -> None:
    assert served[1].path is not None
    process, url = start(served[1].path, "--workers", "2")
    assert http.get(url).status_code == 200
    children = _children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert not [c for c in children if Path(f"/proc/{c}").exists()]


def _children(pid: int) -> list[int]:
    if not os.path.isdir("/proc"):
        return []
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in out.stdout.split()]


def test_the_editor_in_a_browser(url: str) -> None:
    browsers = [shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome", "chrome")]
    found = next((b for b in browsers if b), None)
    if found is None:
        lacking("Chromium: apt-get install chromium")
    if not (Path(kg.__file__).parent / "query/web/dist/index.html").is_file():
        lacking("the built page: make assets")
    sync = pytest.importorskip("playwright.sync_api", reason="comes with the dev extra")
    with sync.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda r: asked.append(r.url))
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.goto(url)
        page.wait_for_selector("#questions button", timeout=60_000)
        page.fill("#ask input", "which methods run on FPGAs?")
        page.click("#ask button")
        page.wait_for_selector("text=PatchFlow", timeout=60_000)
        assert "runs-on" in page.inner_text("#understood")
        browser.close()
    assert not wrong
    assert not [u for u in asked if not u.startswith((url, "data:", "blob:"))]
