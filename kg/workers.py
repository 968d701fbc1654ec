"""Extraction over many papers: in this process, or in workers that may die without taking the build along."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError, KgError
from kg.extract import EXTRACTORS, Extractor
from kg.types import Findings, Paper

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Papers that one worker reads at a time, and that are stored in one transaction.
BATCH = 32


def load_extractor(name: str | None = None, *, model: str | Path | None = None) -> Extractor:
    """Load an extractor by name; the trained model if there is one, else the rules."""
    if name is None:
        from kg.extract.model import shipped

        name = "model" if model is not None or shipped() is not None else "rules"
    return EXTRACTORS[name](model=model) if model is not None else EXTRACTORS[name]()


def default_workers() -> int:
    """Give the number of cores this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Extraction:
    """Runs an extractor over batches of papers, in this process or in workers that may die."""

    def __init__(
        self,
        extractor: str | Extractor | None,
        *,
        model: str | Path | None,
        workers: int | None,
        failed: Callable[[InputError], None],
    ) -> None:
        self._report = failed
        self._choice = (extractor, model)
        self._extractor: Extractor | None = None if extractor is None or isinstance(extractor, str) else extractor
        self._pool: Any = None
        self.workers = max(1, workers or 1)

    @property
    def extractor(self) -> Extractor:
        """The extractor, loaded when it is first needed."""
        if self._extractor is None:
            name, model = self._choice
            assert name is None or isinstance(name, str)
            self._extractor = load_extractor(name, model=model)
        return self._extractor

    @property
    def fingerprint(self) -> str:
        """What findings depend on beside the text."""
        return f"{self.extractor.name} {self.extractor.version}"

    def __enter__(self) -> Extraction:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def run(self, papers: Sequence[Paper]) -> Iterator[Findings]:
        """Yield findings in the order of the papers; those that fail are reported and left out."""
        if not papers:
            return
        own = not (self._choice[0] is None or isinstance(self._choice[0], str))
        if self.workers == 1 or own:  # an extractor given as an object may not survive pickling
            yield from self._here(papers)
        else:
            yield from self._in_workers(papers)

    def _here(self, papers: Sequence[Paper]) -> Iterator[Findings]:
        try:
            yield from list(self.extractor.extract(papers))
        except (KgError, MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:
            if len(papers) == 1:
                self._failed(papers[0], f"{type(error).__name__}: {error}")
                return
            half = len(papers) // 2  # find the bad one
            yield from self._here(papers[:half])
            yield from self._here(papers[half:])

    def _failed(self, paper: Paper, what: str) -> None:
        what = f"extraction failed for {paper.title[:60]!r}: {what}"
        self._report(InputError(what, where=paper.id, hint="please report it"))

    def _in_workers(self, papers: Sequence[Paper]) -> Iterator[Findings]:
        chunks = [papers[i : i + BATCH] for i in range(0, len(papers), BATCH)]
        futures = [(chunk, self._submit(chunk)) for chunk in chunks]
        for chunk, future in futures:
            yield from self._collect(chunk, future, tries=2)

    def _submit(self, papers: Sequence[Paper]) -> Future[list[Findings]]:
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        for _ in range(2):
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    self.workers, get_context("spawn"), initializer=partial(_start_worker, *self._choice)
                )
            try:
                future: Future[list[Findings]] = self._pool.submit(_work, papers)
                return future
            except BrokenProcessPool:
                self._pool.shutdown(wait=False)
                self._pool = None
        raise InputError("workers cannot be started", hint="use --workers 1")

    def _collect(self, papers: Sequence[Paper], future: Future[list[Findings]], *, tries: int) -> Iterator[Findings]:
        from concurrent.futures.process import BrokenProcessPool

        try:
            yield from future.result()
            return
        except BrokenProcessPool:
            # Every batch that was under way is lost with the worker, most of them without fault.
            if tries:
                yield from self._collect(papers, self._submit(papers), tries=tries - 1)
                return
            what = "a worker process died (out of memory?)"
        except KgError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
        if len(papers) == 1:
            self._failed(papers[0], what)
            return
        half = len(papers) // 2
        for part in (papers[:half], papers[half:]):
            yield from self._collect(part, self._submit(part), tries=0)


_WORKER: Extractor | None = None


def _start_worker(extractor: Any, model: str | Path | None) -> None:
    """Load the extractor once in each worker; Ctrl-C is the parent's to handle."""
    import signal

    global _WORKER
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _WORKER = load_extractor(extractor, model=model)


def _work(papers: Sequence[Paper]) -> list[Findings]:
    assert _WORKER is not None
    return list(_WORKER.extract(papers))
