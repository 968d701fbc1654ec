"""The trained extractor: one encoder, shared by heads for mentions, roles, relations and results.

A model is a folder (`model.json`, `encoder.onnx`, `heads.safetensors`, `tokenizer.json`) that `kg train` wrote;
the one that ships lies in `weights/`. Running it needs ONNX Runtime and numpy, no torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from kg.errors import BrokenRecord, MissingFile, ModelError
from kg.extract.decode import Reading, Settings, choose, findings, hints, read_claims
from kg.extract.features import Floats
from kg.extract.heads import Heads
from kg.extract.pieces import Cutter, words
from kg.extract.quiet import Quiet
from kg.types import Evidence, Findings, Link, Mention, Paper, Relation, Result, digest

#: The model that ships with kg.
SHIPPED = Path(__file__).with_name("weights")

#: Layouts of a model folder that can be read.
FORMATS = (1, 2)

#: Pieces that two windows of a long text share.
OVERLAP = 128

#: Words of one block: a text that is longer is read block by block, whose findings are then joined.
BLOCK = 1500


def shipped() -> Path | None:
    """Find the model that ships with kg; None where it was left out."""
    return SHIPPED if (SHIPPED / "model.json").is_file() else None


class Model:
    """A trained model, loaded."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.folder = folder
        self.record = _record(folder)
        _check(folder, self.record)
        self.settings = Settings.from_json(self.record["settings"])
        try:
            self.cutter = Cutter.load(folder / "tokenizer.json")
            self.heads = Heads(
                _weights(folder / "heads.safetensors"),
                types=self.record["types"],
                roles=self.record["roles"],
                relations=self.record["relations"],
                results=self.record["results"],
                quiet=Quiet.from_json(self.record.get("quiet", {})),
            )
            self._session = _session(folder / "encoder.onnx", threads)
            self._gives = [o.name for o in self._session.get_outputs()]
        except ModelError:
            raise
        except Exception as error:  # three libraries, each with its own errors: renamed once, here
            raise ModelError(f"the model cannot be loaded: {error}", where=folder, hint=_HINT) from error
        self._room = int(self.record["positions"]) - 2
        self._threads = threads
        self._pools = ThreadpoolController()
        self._rules: Any = None

    @property
    def name(self) -> str:
        """The name it was given when it was trained."""
        return str(self.record["name"])

    @property
    def version(self) -> str:
        """Name the bytes of the model: two models of one version say the same."""
        joined = json.dumps([self.record["files"], self.record["settings"]], sort_keys=True)
        return hashlib.sha256(joined.encode()).hexdigest()[:12]

    @property
    def rules(self) -> Any:
        """The rules extractor, loaded when it is first needed."""
        if self._rules is None:
            from kg.extract.rules import load_rules

            self._rules = load_rules()
        return self._rules

    def alone(self) -> AbstractContextManager[Any]:
        """Keep the matrix library to the model's own threads: more of them only wait for each other, busily."""
        limit: AbstractContextManager[Any] = self._pools.limit(limits=self._threads, user_api="blas")
        return limit

    def read(self, text: str, *, title: int = 0) -> Reading:
        """Give a vector for every word of a text, in windows where it is longer than the encoder.

        `title` is the number of characters that the title takes.
        """
        cut = words(text)
        pieces = self.cutter.cut([text[a:b] for a, b in cut])
        titled = [int(a < title) for a, _ in cut]
        bounds = [*pieces.firsts, len(pieces.numbers)]
        found: dict[str, Floats] = {}
        for first, last, keep_from, keep_to in windows(bounds, self._room):
            a, b = bounds[first], bounds[last]
            sections = [titled[n] for n in range(first, last) for _ in range(bounds[n], bounds[n + 1])]
            given = self._session.run(
                self._gives,
                {
                    "pieces": np.array([[self.cutter.cls, *pieces.numbers[a:b], self.cutter.sep]], np.int64),
                    "shapes": np.array([[0, *pieces.shapes[a:b], 0]], np.int64),
                    "sections": np.array([[0, *sections, 0]], np.int64),
                    "firsts": np.array(bounds[first:last], np.int64) - a + 1,
                },
            )
            for name, rows in zip(self._gives, given, strict=True):
                if name == "whole":
                    found.setdefault(name, rows[0])
                elif len(rows) == len(cut):
                    found[name] = rows
                else:
                    every = found.setdefault(name, np.zeros((len(cut), rows.shape[1]), np.float32))
                    every[keep_from:keep_to] = rows[keep_from - first : keep_to - first]
        nothing: Floats = np.zeros((0, 0), np.float32)
        x, whole = found.get("words", nothing), found.get("whole", nothing)
        return Reading(text, title, cut, x, whole, parts=found.get("parts"))

    @property
    def asks_rules(self) -> bool:
        """Whether what the rules find is a part of what this model finds."""
        return bool(self.settings.hint) or self.heads.hinted

    def hinted(self, r: Reading) -> Reading:
        """Add the mentions that the rules find in the same text, where the model makes use of them."""
        return replace(r, hints=hints(self.rules.groups(r.text), r.words)) if self.asks_rules else r

    def spans(self, text: str) -> dict[str, Any]:
        """Give the mentions and relations of a text as plain spans.

        `{"entities": [{"start", "end", "text", "label", "confidence"}], "relations": [{"head_index", ...}]}`.
        """
        entities: list[dict[str, Any]] = []
        relations: list[dict[str, Any]] = []
        for offset, block in blocks(text):
            r = self.hinted(self.read(block))
            if not r.words:
                continue
            found = choose(r, self.heads.spans(r.x, r.hints, r.forms, r.parts), self.settings, self.heads.types)
            base = len(entities)
            for f in found:
                a, b = r.words[f.span[0]][0], r.words[f.span[1]][1]
                entities.append(
                    {
                        "start": offset + a,
                        "end": offset + b,
                        "text": block[a:b],
                        "label": self.heads.types[f.type],
                        "confidence": round(f.score, 4),
                    }
                )
            if not self.heads.relations or len(found) < 2:
                continue
            mentions = [[f.span] for f in found]
            pooled, extra, _ = self.heads.entities(r.x, r.whole, mentions, [f.type for f in found], n_title=r.n_title)
            p = self.heads.pairs(r.x, pooled, extra, mentions)
            for h, t, k in np.argwhere(p >= 0.05).tolist():
                label = self.heads.relations[k]
                if p[h, t, k] >= self.settings.relation.get(label, 0.5):
                    relations.append(
                        {
                            "head_index": base + h,
                            "tail_index": base + t,
                            "label": label,
                            "confidence": round(float(p[h, t, k]), 4),
                        }
                    )
        return {"entities": entities, "relations": relations}

    def findings(self, paper: Paper) -> Findings:
        """Give all that one paper says; a text without words says nothing."""
        parts = []
        for offset, block in blocks(paper.text):
            r = self.read(block, title=max(0, min(len(paper.title) - offset, len(block))))
            if r.words:
                own = paper if len(block) == len(paper.text) else replace(paper, title=block, abstract="")
                r = self.hinted(r)
                claims = read_claims(self.heads, r, self.settings)
                parts.append((offset, findings(own, r, claims, self.settings)))
        if not parts:
            return Findings(paper)
        if len(parts) == 1 and parts[0][1].paper is paper:
            return parts[0][1]
        return joined(paper, parts)


def windows(bounds: Sequence[int], room: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut words into windows of at most `room` pieces: first and last word of each, and those it speaks for.

    Word n has the pieces `bounds[n]:bounds[n + 1]`. Windows overlap; a word belongs to the one in whose middle
    it stands.

    >>> list(windows([0, 1, 2, 3], 510)), list(windows([0, 4, 8, 12], 8))
    ([(0, 3, 0, 3)], [(0, 2, 0, 1), (1, 3, 1, 3)])
    """
    n = len(bounds) - 1
    overlap = min(OVERLAP, room // 2)
    first, spoken = 0, 0
    while first < n:
        last = first + 1
        while last < n and bounds[last + 1] - bounds[first] <= room:
            last += 1
        if last == n:
            yield first, n, spoken, n
            return
        following = last
        while following > first + 1 and bounds[last] - bounds[following - 1] <= overlap:
            following -= 1
        middle = (following + last) // 2
        yield first, last, spoken, max(middle, spoken)
        first, spoken = following, max(middle, spoken)


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Cut a very long text where sentences end: offset and text of each block of up to BLOCK words.

    >>> list(blocks("Short text."))
    [(0, 'Short text.')]
    """
    if len(text) <= 4 * BLOCK:
        yield 0, text
        return
    cut = words(text)
    first = 0
    while first < len(cut):
        last = min(first + BLOCK, len(cut))
        if last < len(cut):
            for n in range(last - 1, first + BLOCK // 2, -1):
                if text[cut[n][0] : cut[n][1]] in ".!?" and text[cut[n][1] : cut[n][1] + 1].isspace():
                    last = n + 1
                    break
        start = 0 if first == 0 else cut[first][0]
        end = len(text) if last == len(cut) else cut[last - 1][1]
        yield start, text[start:end]
        first = last


def joined(paper: Paper, parts: Iterable[tuple[int, Findings]]) -> Findings:
    """Join the findings of a long paper's blocks, each at its offset: things of one name and type become one."""
    links: dict[tuple[str, str], Link] = {}
    relations: dict[tuple[str, str | None, str, str, str | None], Relation] = {}
    results: list[Result] = []

    def moved(evidence: Evidence | None, offset: int) -> Evidence | None:
        return evidence and paper.quote(evidence.start + offset, evidence.end + offset)

    for offset, part in parts:
        for link in part.links:
            mentions = tuple(Mention(m.text, m.start + offset, m.end + offset) for m in link.mentions)
            old = links.get((link.name, link.type))
            surer = link if old is None or link.confidence > old.confidence else old
            links[link.name, link.type] = replace(surer, mentions=(old.mentions if old else ()) + mentions)
        for r in part.relations:
            name = (r.head, r.head_type, r.type, r.tail, r.tail_type)
            if name not in relations or relations[name].confidence < r.confidence:
                relations[name] = replace(r, evidence=moved(r.evidence, offset))
        results += [replace(r, evidence=moved(r.evidence, offset)) for r in part.results]
    ordered = sorted(relations.items(), key=lambda item: tuple(str(p) for p in item[0]))
    return Findings(paper, tuple(links.values()), tuple(r for _, r in ordered), tuple(results))


class ModelExtractor:
    """Reads papers with a trained model."""

    name = "model"

    def __init__(self, model: Model) -> None:
        self.model = model
        # What the rules say is mixed in, so findings are as old as the older of the two.
        self.version = digest(model.version, model.rules.version) if model.asks_rules else model.version

    def extract(self, papers: Iterable[Paper]) -> Iterator[Findings]:
        """Yield the findings of each paper, in order."""
        for paper in papers:
            with self.model.alone():
                found = self.model.findings(paper)
            yield found


def load_model(model: str | Path | None = None, *, threads: int = 1) -> ModelExtractor:
    """Load a model folder, the shipped one by default; ModelError says what is missing or damaged."""
    return ModelExtractor(Model(Path(model) if model else SHIPPED, threads=threads))


def extract_spans(paths: Iterable[str | Path], model: str | Path) -> Iterator[dict[str, Any]]:
    """Read files of texts and yield each with the mentions and relations that a model finds, as plain spans.

    A line holds `{"id", "text"}` or `{"id", "title", "abstract"}`; what else it holds is left out.
    """
    loaded = Model(Path(model))
    for path in map(Path, paths):
        if not path.is_file():
            raise MissingFile("no such file", where=path)
        with path.open(encoding="utf-8") as lines:
            for n, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except ValueError as error:
                    raise BrokenRecord(f"not JSON: {error}", where=path, line=n) from error
                text = record.get("text") if isinstance(record, dict) else None
                if text is None and isinstance(record, dict) and isinstance(record.get("title"), str):
                    text = f"{record['title']}\n{record.get('abstract') or ''}"
                if not isinstance(text, str):
                    raise BrokenRecord('a line needs "text", or "title" and "abstract"', where=path, line=n)
                with loaded.alone():
                    found = loaded.spans(text)
                yield {"id": record.get("id", f"{path.name}:{n}"), "text": text, **found}


_HINT = "train one with `kg train`, reinstall kg, or use --extractor rules"


def _record(folder: Path) -> Mapping[str, Any]:
    path = folder / "model.json"
    if not path.is_file():
        raise ModelError("no model here: model.json is missing", where=folder, hint=_HINT)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] not in FORMATS:
            raise ModelError(f"a model of format {record['format']}", where=folder, hint="install a newer kg")
        for field in ("name", "types", "roles", "relations", "results", "positions", "settings", "files"):
            record[field]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"model.json is damaged: {error!r}", where=folder, hint=_HINT) from error
    return dict(record)


def _check(folder: Path, record: Mapping[str, Any]) -> None:
    """Hold every file against the hash that was noted when it was written."""
    for name, known in sorted(record["files"].items()):
        path = folder / name
        if not path.is_file():
            raise ModelError(f"the model's {name} is missing", where=folder, hint=_HINT)
        if hashlib.sha256(path.read_bytes()).hexdigest() != known:
            raise ModelError(f"the model's {name} is damaged", where=folder, hint=_HINT)


def _session(path: Path, threads: int) -> Any:
    import onnxruntime  # type: ignore[import-untyped]  # ships no type information

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


_DTYPES = {"F16": np.float16, "F32": np.float32}


def _weights(path: Path) -> dict[str, Floats]:
    """Read a safetensors file: a length, a JSON table of tensors, their bytes."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    table = json.loads(raw[8 : 8 + size])
    out: dict[str, Floats] = {}
    for name, entry in sorted(table.items()):
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            flat = np.frombuffer(raw[8 + size + start : 8 + size + end], _DTYPES[entry["dtype"]])
            out[name] = flat.reshape(entry["shape"]).astype(np.float32)
    return out
