"""A process that answers queries and can be stopped at any moment.

Oxigraph gives no way to interrupt a query, so a query with a time limit runs in a process of its own
(`python -m kg.query.worker FOLDER`), which is killed when the time is over. A request is one JSON object
on a line; the reply is one JSON object on a line, with the length of the body that follows it.

A worker of a server answers from the folder at once, and from memory as soon as it has read the default graph,
beside its first queries. What asks for the graphs of papers is always answered from the folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from kg.errors import QueryError, QueryTimeout
from kg.query.index import Memory
from kg.query.results import Answer
from kg.query.syntax import wants_graphs
from kg.schema import BASE

#: A reply larger than this is cut: 64 MB.
MAX_BYTES = 64 * 2**20
#: What a worker of a pool says once it can answer.
READY = b"ready\n"
#: Seconds that a new worker may take until then; a busy machine needs a few.
START = 60.0
#: Bytes of memory that all workers of a pool together may fill with copies of the graph.
COPIES = 2 * 2**30


class NotAcceptable(QueryError):
    """An answer has none of the formats that were asked for."""


def _command(folder: Path, memory: int | None = None, *options: str) -> list[str]:
    return [sys.executable, "-P", "-m", "kg.query.worker", str(folder), str(memory or 0), *options]


def _environment() -> dict[str, str]:
    """Let the worker find this very kg, wherever it was imported from."""
    home = str(Path(__file__).parents[2])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": home if not path else os.pathsep.join((home, path))}


def _timed_out(seconds: float) -> QueryTimeout:
    return QueryTimeout(
        f"the query was stopped after {seconds:g} s", hint="ask for less (LIMIT, a narrower pattern) or allow more time"
    )


def ask_worker(
    folder: Path,
    sparql: str,
    *,
    timeout: float,
    limit: int | None = None,
    base: str = BASE,
    values: Mapping[str, Any] | None = None,
    allow_service: bool = False,
) -> Answer:
    """Answer one query in a new process that is killed after `timeout` seconds."""
    import pyoxigraph as ox

    from kg.query.sparql import prefixes, term

    request = {
        "query": sparql, "base": base, "limit": limit, "allow_service": allow_service, "format": "json nt",
        "values": {n: str(term(v)) for n, v in (values or {}).items()}, "max_bytes": None,
    }  # fmt: skip
    process = subprocess.Popen(
        _command(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
    )
    try:
        out, err = process.communicate(json.dumps(request).encode() + b"\n", timeout=timeout)
    except subprocess.TimeoutExpired:
        raise _timed_out(timeout) from None
    finally:
        process.kill()
        process.wait()
    line, _, body = out.partition(b"\n")
    if not line:
        said = err.decode(errors="replace").strip().splitlines()[-1:] or ["out of memory?"]
        raise QueryError(f"the query's process died: {said[0]}")
    reply = json.loads(line)
    if "error" in reply:
        raise QueryError(reply["error"])
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    triples: tuple[Any, ...] = ()
    truth = None
    if reply["kind"] == "graph":
        triples = tuple(quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
    else:
        found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        if isinstance(found, ox.QueryBoolean):
            truth = bool(found)
        else:
            columns = tuple(v.value for v in found.variables)
            rows = tuple(tuple(row) for row in found)
    return Answer(
        reply["kind"], columns, rows, truth, triples, reply["truncated"], reply["parse"], reply["run"],
        prefixes(base), tuple(reply["notes"]),
    )  # fmt: skip


# The process


def main(folder: str, requests: IO[bytes], replies: IO[bytes], *, greet: bool = False, in_memory: bool = False) -> None:
    """Answer requests, one after the other, until there are no more; `greet` says first that the store is open."""
    import pyoxigraph as ox

    store = ox.Store.read_only(folder)
    if greet:
        replies.write(READY)
        replies.flush()
    memory = Memory(Path(folder)) if in_memory else None
    for line in requests:
        request = json.loads(line)
        fast = None if memory is None or _wants_graphs(request) else memory.store
        head, body = _reply(store if fast is None else fast, request)
        replies.write(json.dumps({**head, "length": len(body)}).encode() + b"\n" + body)
        replies.flush()


def _wants_graphs(request: Mapping[str, Any]) -> bool:
    return bool(request.get("default_graphs") or request.get("named_graphs")) or wants_graphs(request["query"])


def _bound_memory(most: int) -> None:
    """Let this process die rather than fill the machine's memory; 0 is no bound."""
    if most:
        import resource

        with contextlib.suppress(ValueError, OSError):  # a lower bound is set already, or the system has none
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _reply(store: Any, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    from kg.query.sparql import run

    try:
        answer = run(
            store, request["query"], base=request["base"], limit=request["limit"],
            values={n: _term(v) for n, v in request.get("values", {}).items()},
            default_graphs=request.get("default_graphs", ()), named_graphs=request.get("named_graphs", ()),
            allow_service=request["allow_service"],
        )  # fmt: skip
        table, _, triples = request["format"].partition(" ")
        chosen = triples if answer.kind == "graph" else table
        if chosen == "-":
            what = "triples" if answer.kind == "graph" else "a table or a truth value"
            return {"error": f"the answer is {what}, which has none of the accepted formats", "code": "format"}, b""
        body = answer.write(chosen)
    except QueryError as error:
        return {"error": str(error)}, b""
    except MemoryError:
        return {"error": "the answer does not fit into memory"}, b""
    most = request.get("max_bytes")
    if most is not None and len(body) > most:
        return {"error": f"the answer is larger than {most // 2**20} MB; ask for less (LIMIT)", "code": "size"}, b""
    return {
        "kind": answer.kind, "format": chosen, "truncated": answer.truncated, "rows": len(answer),
        "parse": answer.parse_seconds, "run": answer.run_seconds, "notes": answer.notes,
    }, body  # fmt: skip


def _term(text: str) -> Any:
    import pyoxigraph as ox

    return next(iter(ox.parse(f"<a:> <a:> {text} .".encode(), format=ox.RdfFormat.N_TRIPLES))).object


# The pool


@dataclass
class Reply:
    """What a worker said: the head of its reply and the body in the format asked for."""

    head: Mapping[str, Any]
    body: bytes


@dataclass
class Pool:
    """Workers for a server: several queries at once, each in a process that is killed at its time limit.

    A worker that was killed or died is replaced; requests wait for a free one.
    """

    folder: Path
    size: int
    memory: int | None = None  # bytes of address space for one worker
    _idle: deque[asyncio.subprocess.Process] = field(default_factory=deque)
    _all: set[asyncio.subprocess.Process] = field(default_factory=set)
    _free: asyncio.Semaphore | None = None

    async def start(self) -> None:
        """Start all workers, so that the first query does not wait."""
        self._free = asyncio.Semaphore(self.size)
        self._idle.extend(await asyncio.gather(*(self._spawn() for _ in range(self.size))))

    async def stop(self) -> None:
        """End all workers."""
        for process in list(self._all):
            await self._kill(process)
        self._idle.clear()

    async def ask(self, request: Mapping[str, Any], *, timeout: float) -> Reply:
        """Answer a request in a worker; raises QueryError or QueryTimeout.

        The time limit is the query's own: it begins when a worker is free and ready.
        """
        assert self._free is not None, "start() first"
        try:
            async with asyncio.timeout(timeout + START), self._free, self._worker() as process:
                try:
                    async with asyncio.timeout(timeout):
                        return await self._talk(process, request)
                except TimeoutError:
                    raise _timed_out(timeout) from None
        except TimeoutError:
            raise QueryTimeout("no worker was free in time", hint="ask again later") from None

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Lend a worker; one that did not finish its reply is killed and replaced."""
        process = self._idle.popleft() if self._idle else await self._spawn()
        if process.returncode is not None:
            process = await self._spawn()
        try:
            yield process
        except QueryError as error:
            if isinstance(error, QueryTimeout) or process.returncode is not None or process.stdout.at_eof():  # type: ignore[union-attr]  # it is a pipe
                await self._kill(process)
                self._idle.append(await self._spawn())
            else:
                self._idle.append(process)
            raise
        except BaseException:  # the client went away in the middle
            await asyncio.shield(self._kill(process))
            raise
        self._idle.append(process)

    async def _talk(self, process: asyncio.subprocess.Process, request: Mapping[str, Any]) -> Reply:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
            if not line:
                raise QueryError("the query's process died", hint="it may have needed too much memory; ask for less")
            head = json.loads(line)
            body = await process.stdout.readexactly(head["length"])
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise QueryError("the query's process died", hint="ask for less") from error
        if "error" in head:
            raise NotAcceptable(head["error"]) if head.get("code") == "format" else QueryError(head["error"])
        return Reply(head, body)

    async def _spawn(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *_command(self.folder, self.memory, "greet", *(("memory",) if self._in_memory() else ())),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(),
            start_new_session=True,  # Ctrl-C is the server's to handle
            limit=2**20,
        )  # fmt: skip
        self._all.add(process)
        try:
            async with asyncio.timeout(START):
                said = await process.stdout.readline()  # type: ignore[union-attr]  # it is a pipe
        except BaseException as error:
            await asyncio.shield(self._kill(process))
            if isinstance(error, TimeoutError):
                raise QueryTimeout(f"a query's process did not start within {START:g} s") from None
            raise
        if said != READY:
            await self._kill(process)
            raise QueryError("a query's process died at its start", hint="is there enough memory?")
        return process

    def _in_memory(self) -> bool:
        """Tell whether each worker may hold the graph in memory, and have as much again for its queries."""
        needs = Memory.needs(self.folder)
        return needs is not None and needs * self.size <= COPIES and (not self.memory or 2 * needs <= self.memory)

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory(int(sys.argv[2]))
    flags = sys.argv[3:]
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer, greet="greet" in flags, in_memory="memory" in flags)
