"""From files to a graph: the only place that knows the order of the stages.

read -> same paper, one record -> extract -> stage | resolve -> claims -> settle
       (each batch is kept as soon as it is done)  (one transaction)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from kg import __version__
from kg.errors import BrokenRecord, KgError
from kg.extract import Extractor
from kg.facts import paper_node
from kg.findings import findings_from_json, findings_to_json, paper_from_json, paper_to_json
from kg.graph import KnowledgeGraph
from kg.read import read_path
from kg.read.identity import deduplicate, merge, same_paper, same_paper_keys
from kg.schema import BASE
from kg.store import Row, Store
from kg.types import Findings, Paper, digest
from kg.workers import BATCH, Extraction, default_workers

#: Starting workers takes seconds: fewer papers than this are extracted in this process.
WORTH_WORKERS = 256

Progress = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class Report:
    """What a build did: counts, and every record that was skipped with the reason."""

    records: int = 0
    repeats: int = 0
    extracted: int = 0
    added: int = 0
    unchanged: int = 0
    papers: int = 0
    skipped: list[KgError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def failed(self, strict: bool) -> Callable[[KgError], None]:
        """Give what is to be done with a record that cannot be used: note it, or raise it."""

        def fail(error: KgError) -> None:
            if strict:
                raise error
            self.skipped.append(error)

        return fail


def _silent(stage: str, done: int, total: int | None) -> None:
    """Show nothing."""


def read(
    paths: Iterable[str | Path], *, format: str | None = None, strict: bool = False, report: Report | None = None
) -> Iterator[Paper | Findings]:
    """Read papers (or findings) from files and folders; broken records are skipped and reported.

    `strict` raises the first BrokenRecord instead. Raises MissingFile, UnknownFormat or EncodingError.
    """
    report = Report() if report is None else report
    fail = report.failed(strict)
    for path in paths:
        for record in read_path(Path(path), format=format):
            report.records += 1
            if isinstance(record, BrokenRecord):
                fail(record)
            else:
                yield record


def extract(
    paths: Iterable[str | Path],
    *,
    extractor: str | Extractor | None = None,
    model: str | Path | None = None,
    format: str | None = None,
    strict: bool = False,
    workers: int = 1,
    min_confidence: float = 0.0,
    report: Report | None = None,
    progress: Progress = _silent,
) -> Iterator[Findings]:
    """Read papers and yield what each says, in order, without a store; repeated papers are kept."""
    report = Report() if report is None else report
    stage = Extraction(extractor, model=model, workers=workers, failed=report.failed(strict))
    records = read(paths, format=format, strict=strict, report=report)
    with stage:
        while batch := list(islice(records, BATCH * max(1, workers))):
            found = iter(stage.run([r for r in batch if isinstance(r, Paper)]))
            failed = {e.where for e in report.skipped}
            for record in batch:
                if isinstance(record, Findings):
                    yield only(record, min_confidence)
                elif record.id not in failed:
                    yield only(next(found), min_confidence)
            progress("extract", report.records, None)


def only(findings: Findings, min_confidence: float) -> Findings:
    """Keep what is at least this certain; relations and results lose names that went."""
    if not min_confidence:
        return findings
    links = tuple(x for x in findings.links if x.confidence >= min_confidence)
    names = {x.name for x in links}

    def still(name: str | None) -> str | None:
        return name if name in names else None

    return replace(
        findings,
        links=links,
        relations=tuple(
            r for r in findings.relations if r.confidence >= min_confidence and {r.head, r.tail} <= names
        ),
        results=tuple(
            replace(
                r, subject=still(r.subject), baseline=still(r.baseline), dataset=still(r.dataset),
                task=still(r.task), hardware=still(r.hardware),
            )
            for r in findings.results
            if r.confidence >= min_confidence
        ),
    )  # fmt: skip


def build(
    paths: Iterable[str | Path],
    out: str | Path | None = None,
    *,
    extractor: str | Extractor | None = None,
    model: str | Path | None = None,
    format: str | None = None,
    base: str | None = None,
    corrections: str | Path | None = None,
    min_confidence: float = 0.0,
    workers: int | None = None,
    strict: bool = False,
    report: Report | None = None,
    progress: Progress = _silent,
) -> KnowledgeGraph:
    """Read papers, extract what they say, resolve names, and keep it all in a `.kg` folder.

    Papers that the store already holds are not read again; new ones are added. Without `out` the graph
    lives in memory. A build that was stopped at any moment is completed by the next one, with the same
    result as if it had not been. Raises KgError subclasses.
    """
    report = Report() if report is None else report
    files = [Path(p) for p in paths]
    store = Store.memory() if out is None else Store.open(out, write=True)
    try:
        _add(store, files, extractor, model=model, format=format, workers=workers, strict=strict, report=report,
             progress=progress)  # fmt: skip
        _settle(
            store, base=base, corrections=corrections, min_confidence=min_confidence, report=report, progress=progress
        )
        report.papers = store.size
    except BaseException:
        store.close()
        raise
    if out is None:
        return KnowledgeGraph(store)
    store.close()
    return KnowledgeGraph(Store.open(out))


# Reading and extracting


def _add(
    store: Store,
    paths: Sequence[Path],
    extractor: str | Extractor | None,
    *,
    model: str | Path | None,
    format: str | None,
    workers: int | None,
    strict: bool,
    report: Report,
    progress: Progress,
) -> None:
    """Stage the findings of every paper that the store does not hold yet."""
    stage = Extraction(extractor, model=model, workers=workers, failed=report.failed(strict))
    _gather(store, read(paths, format=format, strict=strict, report=report), report=report, progress=progress)
    total = int(next(store.rows("SELECT count(*) FROM input"))[0])
    if workers is None and total >= WORTH_WORKERS:
        stage.workers = default_workers()
    todo, done = _todo(store, stage, report), 0
    progress("extract", 0, total)
    with stage:
        while batch := list(islice(todo, BATCH * stage.workers)):
            found = {f.paper.id: f for f in stage.run([p for _, p in batch if p is not None])}
            rows = []
            for row, paper in batch:
                if paper is not None:
                    if row.id not in found:  # failed: counted and listed by the stage
                        continue
                    row = replace(row, findings=_dump(findings_to_json(found[row.id])))
                rows.append(row)
            store.stage(rows, *_names(store, rows))
            report.extracted += sum(1 for _, paper in batch if paper is not None and paper.id in found)
            done += len(batch)
            progress("extract", done, total)
    if report.extracted:
        store.note(extractor=stage.fingerprint)


def _todo(store: Store, stage: Extraction, report: Report) -> Iterator[tuple[Row, Paper | None]]:
    """Yield the rows that the store does not hold, with the paper to extract unless findings were given."""
    for id, record, findings in store.rows("SELECT id, record, findings FROM input ORDER BY id"):
        paper = None if findings is not None else paper_from_json(json.loads(record))
        if paper is None:
            fingerprint = _GIVEN + digest(findings, length=16)
        else:
            fingerprint = digest(paper.text, stage.fingerprint, length=16)
        held = store.held(id)
        if held is not None and held.fingerprint == fingerprint:
            report.unchanged += 1
            if json.loads(held.record) == json.loads(record):
                continue
            findings, paper = held.findings, None  # only what is known about the paper has changed
        else:
            report.added += 1
        yield Row(id, paper_node(id), fingerprint, record, findings or ""), paper


def _names(store: Store, rows: Sequence[Row]) -> tuple[dict[str, str], list[str]]:
    """Give the keys that name these papers, and the ids of stored doubles that they replace."""
    keys: dict[str, str] = {}
    gone: list[str] = []
    for row in rows:
        keys |= {k: row.id for (k,) in store.rows("SELECT key FROM input_same WHERE paper = ?", (row.id,))}
        gone += [old for (old,) in store.rows("SELECT old FROM input_gone WHERE id = ?", (row.id,))]
    return keys, gone


#: Fingerprints of findings that came with the input begin with this; they outlive a plain copy of the paper.
_GIVEN = "given:"


def _dump(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _gather(store: Store, records: Iterator[Paper | Findings], *, report: Report, progress: Progress) -> None:
    """Put each paper of the input once into temporary tables, merged with the copy that the store holds."""
    db = store.db
    db.executescript(
        "DROP TABLE IF EXISTS temp.input; DROP TABLE IF EXISTS temp.input_same; DROP TABLE IF EXISTS temp.input_gone;"
        "CREATE TEMP TABLE input (id TEXT PRIMARY KEY, record TEXT NOT NULL, findings TEXT) WITHOUT ROWID;"
        "CREATE TEMP TABLE input_same (key TEXT PRIMARY KEY, paper TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX temp.input_same_paper ON input_same (paper);"
        "CREATE TEMP TABLE input_gone (old TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;"
    )

    def counted() -> Iterator[Paper | Findings]:
        for n, record in enumerate(records, 1):
            if n % 50 == 0:
                progress("read", n, None)
            yield record

    papers = 0
    db.execute("BEGIN")
    for record in deduplicate(counted()):
        if isinstance(record, BrokenRecord):  # read() has taken those out
            raise record
        papers += 1
        record = _with_stored(store, record)
        paper = record.paper if isinstance(record, Findings) else record
        given = _dump(findings_to_json(record)) if isinstance(record, Findings) else None
        keys = same_paper_keys(paper)
        for old in set(store.same(keys)) - {paper.id}:
            db.execute("INSERT OR REPLACE INTO input_gone VALUES (?, ?)", (old, paper.id))
        db.execute("INSERT OR REPLACE INTO input VALUES (?, ?, ?)", (paper.id, _dump(paper_to_json(paper)), given))
        db.executemany("INSERT OR REPLACE INTO input_same VALUES (?, ?)", [(k, paper.id) for k in keys])
    db.execute("COMMIT")
    report.repeats = report.records - len(report.skipped) - papers


def _with_stored(store: Store, record: Paper | Findings) -> Paper | Findings:
    """Merge a record with what the store holds of the same paper."""
    paper = record.paper if isinstance(record, Findings) else record
    copies: list[Paper | Findings] = [record]
    for old in sorted({paper.id, *store.same(same_paper_keys(paper))}):
        held = store.held(old)
        if held is not None and same_paper(paper, stored := paper_from_json(json.loads(held.record))):
            given = held.fingerprint.startswith(_GIVEN)
            copies.append(replace(findings_from_json(json.loads(held.findings)), paper=stored) if given else stored)
    return merge(copies)


# Resolving


def _settle(
    store: Store,
    *,
    base: str | None,
    corrections: str | Path | None,
    min_confidence: float,
    report: Report,
    progress: Progress,
) -> None:
    """Make staged papers part of the graph, in one transaction, unless nothing has changed."""
    from kg.settle import settle

    found = _corrections_file(store, corrections)
    meta = store.meta
    base = base or meta.get("base", BASE)
    signature = digest(
        __version__, base, min_confidence, _lexicon_fingerprint(), found.read_bytes() if found else "", length=16
    )
    same = meta.get("resolved") == signature
    if same and not store.pending:
        return

    def read_paper(id: str) -> Findings:
        held = store.held(id)
        assert held is not None
        return _read_row(held, min_confidence)

    def changed() -> Iterator[Findings]:
        for n, id in enumerate(new if same else store.ids(), 1):
            if n % 100 == 0:
                progress("resolve", n, None)
            yield read_paper(id)

    progress("resolve", 0, None)
    with store.transaction() as db:
        new, gone = store.settle(db)
        report.notes += settle(
            db,
            changed=changed,
            removed=gone,
            paper=read_paper,
            corrections=_read_corrections(found),
            everything=not same,
        )
        db.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [
                ("resolved", signature),
                ("settled", digest(meta.get("settled"), signature, *new, *gone, *(store.held(p) for p in new))),
                ("base", base),
                ("kg", __version__),
            ],
        )


def _read_row(row: Row, min_confidence: float) -> Findings:
    findings = findings_from_json(json.loads(row.findings))
    return only(replace(findings, paper=paper_from_json(json.loads(row.record))), min_confidence)


def _corrections_file(store: Store, given: str | Path | None) -> Path | None:
    """Find the corrections: the file given, else `corrections.yaml` in the store or beside it."""
    if given is not None:
        if not Path(given).is_file():
            from kg.errors import MissingFile

            raise MissingFile("no such corrections file", where=given)
        return Path(given)
    if store.path is None:
        return None
    places = (store.path / "corrections.yaml", store.path.resolve().parent / "corrections.yaml")
    return next((p for p in places if p.is_file()), None)


def _read_corrections(path: Path | None) -> Any:
    if path is None:
        return None
    from kg.corrections import read_corrections

    return read_corrections(path)


def _lexicon_fingerprint() -> str:
    from kg.schema import home

    return digest(*(p.read_text("utf-8") for p in sorted((home() / "lexicon").glob("*.tsv"))))
