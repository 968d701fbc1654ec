"""What the user knows better: corrections to names, replayed on every build.

`corrections.yaml` stands in the store or beside it and is a list; each entry is one correction:

    - merge: [Foo-Former, FooFormer v1]      # two names, one thing; the first is the name
      type: Architecture
    - split: HAT                             # in these papers, the name is a thing of its own
      type: Architecture
      papers: [arxiv-2205.04437]
    - split: memory                          # this form is no other way of writing what it was merged with
      type: Metric
    - rename: Foo-Former                     # call it so
      to: FooFormer
    - retype: FlightLLM                      # it is of another type
      type: Method
      to: Hardware
    - reject: performance                    # no entity at all (in these papers only, if given)
      type: Metric
    - add: FooNet                            # a known thing, as in the lexicon
      type: Architecture
      aliases: [Foo Network]
      broader: [CNN]
      ids: {arxiv: 2101.00001}

`type` may be left out where a name means only one type. A correction that no longer meets any name is reported
by the build. To undo one, take its line out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.errors import CorrectionError, MissingFile
from kg.schema import TYPES, Entry

#: What each kind of correction may say besides its own name, and what of that it must say.
KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "merge": (frozenset({"type"}), frozenset()),
    "split": (frozenset({"type", "papers"}), frozenset()),
    "rename": (frozenset({"type", "to"}), frozenset({"to"})),
    "retype": (frozenset({"type", "to"}), frozenset({"to"})),
    "reject": (frozenset({"type", "papers"}), frozenset()),
    "add": (frozenset({"type", "aliases", "broader", "ids", "facts"}), frozenset({"type"})),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction: its kind, the names it is about, and where it stands."""

    kind: str
    names: tuple[str, ...]
    type: str | None = None
    to: str = ""
    papers: frozenset[str] = frozenset()
    entry: Entry | None = field(default=None, compare=False)
    line: int = 0

    def __str__(self) -> str:
        """Write the correction as a user would recognise it."""
        of = f" ({self.type})" if self.type else ""
        to = f" to {self.to}" if self.to else ""
        papers = f" in {', '.join(sorted(self.papers))}" if self.papers else ""
        return f"line {self.line}: {self.kind} {', '.join(self.names)}{of}{to}{papers}"


@dataclass(frozen=True, slots=True)
class Corrections:
    """All corrections of a file, in its order."""

    items: tuple[Correction, ...] = ()
    where: str = field(default="", compare=False)

    def __iter__(self) -> Iterator[Correction]:
        return iter(self.items)

    def of(self, kind: str) -> list[Correction]:
        """Give the corrections of one kind."""
        return [c for c in self.items if c.kind == kind]


def read_corrections(path: str | Path) -> Corrections:
    """Read a corrections file; raises CorrectionError with file and line, or MissingFile."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingFile("no such corrections file", where=path) from None
    except UnicodeDecodeError as broken:
        raise CorrectionError(f"not UTF-8 text: {broken.reason}", where=path) from broken
    return parse_corrections(text, where=path)


def parse_corrections(text: str, *, where: str | Path = "corrections.yaml") -> Corrections:
    """Read corrections from text.

    >>> [str(c) for c in parse_corrections("- merge: [Foo, Bar]\\n  type: Method\\n- reject: performance")]
    ['line 1: merge Foo, Bar (Method)', 'line 3: reject performance']
    """
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        what = getattr(broken, "problem", None) or "cannot be read"
        raise CorrectionError(f"not YAML: {what}", where=where, line=mark.line + 1 if mark else None) from broken
    if data is None:
        return Corrections(where=str(where))
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode):
        raise CorrectionError(
            "corrections are a list", where=where, line=1, hint="begin each with a hyphen: - merge: [A, B]"
        )
    lines = [item.start_mark.line + 1 for item in node.value]
    items = [_correction(item, line, where) for item, line in zip(data, lines, strict=True)]
    return Corrections(tuple(items), str(where))


def _correction(item: Any, line: int, where: str | Path) -> Correction:
    def fail(what: str, hint: str | None = None) -> CorrectionError:
        return CorrectionError(what, where=where, line=line, hint=hint)

    if not isinstance(item, dict):
        raise fail(f"not a correction: {item!r}", f"one of {', '.join(KINDS)}")
    kinds = [k for k in item if k in KINDS]
    if len(kinds) != 1:
        raise fail(f"a correction says one of {', '.join(KINDS)}", f"found {', '.join(map(str, item)) or 'nothing'}")
    kind = kinds[0]
    may, must = KINDS[kind]
    if strange := sorted(str(k) for k in item if k != kind and k not in may):
        raise fail(f"{kind} does not know {', '.join(strange)}", f"it may say {', '.join(sorted(may))}")
    if missing := sorted(must - set(item)):
        raise fail(f"{kind} needs {', '.join(missing)}")
    names = item[kind] if isinstance(item[kind], list) else [item[kind]]
    if not names or not all(isinstance(n, str | int | float) and str(n).strip() for n in names):
        raise fail(f"{kind} needs a name")
    if kind == "merge" and len(names) < 2:
        raise fail("merge needs two names or more", "merge: [A, B]")
    if kind != "merge" and len(names) > 1:
        raise fail(f"{kind} takes one name")
    type = item.get("type")
    to = str(item.get("to", ""))
    for given in (type, to if kind == "retype" else None):
        if given is not None and given not in TYPES:
            raise fail(f"unknown type {given!r}", f"one of {', '.join(TYPES)}")
    papers = item.get("papers") or []
    papers = [papers] if isinstance(papers, str) else papers
    entry = _entry(item, names[0], fail) if kind == "add" else None
    return Correction(kind, tuple(str(n) for n in names), type, to, frozenset(map(str, papers)), entry, line)


def _entry(item: Mapping[str, Any], name: str, fail: Any) -> Entry:
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("aliases", "broader"):
        given = item.get(key) or []
        given = [given] if isinstance(given, str) else given
        if not isinstance(given, list):
            raise fail(f"{key} must be a list")
        lists[key] = tuple(str(v) for v in given)
    maps = {key: {str(k): str(v) for k, v in (item.get(key) or {}).items()} for key in ("ids", "facts")}
    return Entry(str(name), item["type"], lists["aliases"], lists["broader"], maps["ids"], maps["facts"], "corrections")
