"""Readers: from a file to papers. One function per format and one row here.

A reader takes a path and yields `Paper` or, where the file already says what a paper says, `Findings`.
A broken record is yielded as a `BrokenRecord` (with file and line), so that the records after it are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BrokenRecord, InputError, MissingFile, UnknownFormat
from kg.registry import Registry
from kg.types import Findings, Paper

Record = Paper | Findings | BrokenRecord
Reader = Callable[[Path], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one format are read and recognised.

    `reader` is "module:function", `suffixes` are claimed by this format alone, and `looks` matches the
    beginning of such a file whatever its name.
    """

    reader: str
    suffixes: tuple[str, ...]
    looks: str


#: The menu. Files are tried against `looks` from top to bottom.
FORMATS = {
    "jsonl": Format("kg.read.jsonl:read_jsonl", (".jsonl", ".ndjson", ".json"), r'\s*(\[\s*)?\{\s*"'),
    "bibtex": Format("kg.read.bibtex:read_bibtex", (".bib", ".bibtex"), r"(?:[^@{]*\n)?\s*@\s*\w+\s*[{(]"),
    "listing": Format(
        "kg.read.listing:read_listing",
        (),
        # The header of the page, or a title followed by an abstract on one line.
        r"(?:.*\n){0,3}Get trending papers|\s*[^\n]{3,300}\n\s*[^\n]{250,}",
    ),
}

#: Readers by name. Those of other packages (entry points) also read the files whose suffix is their name.
READERS: Registry[Reader] = Registry("reader", {name: f.reader for name, f in FORMATS.items()}, group="kg.readers")

#: How much of a file is looked at to recognise it.
_HEAD = 8192


def format_of(path: Path) -> str:
    """Name the format of a file: by its suffix, else by how it begins.

    Raises MissingFile, EncodingError, or UnknownFormat with the formats that there are.

    >>> format_of(Path("refs.bib"))
    'bibtex'
    """
    suffix = path.suffix.lower()
    for name, known in FORMATS.items():
        if suffix in known.suffixes:
            return name
    if suffix[1:] in READERS:
        return suffix[1:]
    from kg.read.text import open_text

    head = ""
    if suffix not in _BINARY:
        with open_text(path) as lines:
            head = lines.read(_HEAD)
    elif not path.exists():
        raise MissingFile("no such file", where=path)
    for name, known in FORMATS.items():
        if re.match(known.looks, head):
            return name
    menu = ", ".join(f"{n} ({' '.join(f.suffixes) or 'a saved page'})" for n, f in FORMATS.items())
    what = "the file is empty" if not head and suffix not in _BINARY else "no reader knows this kind of file"
    raise UnknownFormat(what, where=path, hint=f"known: {menu}; rename the file or convert it to one of these")


#: Suffixes of files that are not text: said to be unknown without looking into them.
_BINARY = {".pdf", ".zip", ".gz", ".docx", ".doc", ".xlsx", ".png", ".jpg", ".jpeg", ".parquet", ".db"}


def reader_for(path: Path) -> Reader:
    """Choose the reader of a file."""
    return READERS[format_of(path)]


def read_path(path: str | Path, *, format: str | None = None) -> Iterator[Record]:
    """Read every record of a file, or of all files in a folder (sorted; hidden files and stores left out).

    A file that is named and cannot be read raises `MissingFile`, `UnknownFormat` or `EncodingError`; one
    found in a folder is yielded as a `BrokenRecord`, so that a stray file does not stop the others.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(
            p
            for p in path.rglob("*")
            if p.is_file()
            and not any(part.startswith(".") or part.endswith(".kg") for part in p.relative_to(path).parts)
        )
        if not files:
            raise InputError("the folder holds no files", where=path, hint="name a file or folder of papers")
        for file in files:
            try:
                yield from read_path(file, format=format)
            except InputError as error:
                yield BrokenRecord(error.what, where=error.where, line=error.line, hint=error.hint)
        return
    if not path.exists():
        raise MissingFile("no such file or folder", where=path, hint="check the spelling and the folder you are in")
    yield from (READERS[format] if format else reader_for(path))(path)
