"""Every error that `kg` raises on purpose.

    KgError
    ├── InputError          a file cannot be read, or a record in it is broken
    │   ├── MissingFile         no such file or folder
    │   ├── UnknownFormat       no reader or exporter of that name or for that file
    │   ├── BrokenRecord        one record in a file cannot be understood
    │   └── EncodingError       the bytes of a file are not text
    ├── UnknownName         a name that nothing has, with the nearest known ones
    ├── QueryError          a SPARQL query is wrong
    │   └── QueryTimeout        a query ran longer than it may
    ├── StoreError          the `.kg` folder cannot be used
    │   ├── StoreVersion        written by a newer version of kg
    │   ├── StoreLocked         another build is writing to it
    │   └── DiskFull            no space left to write
    ├── ModelError          a trained model is missing, damaged or does not fit
    ├── SchemaError         schema/ or the lexicon contradicts itself
    └── CorrectionError     a corrections file cannot be understood

Each says what went wrong, where (file and line when there is one), and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class KgError(Exception):
    """What went wrong, where it happened, and what to do about it.

    >>> print(KgError("no title", where="papers.jsonl", line=3, hint="add a \\"title\\" field"))
    papers.jsonl:3: no title (add a "title" field)
    """

    exit_code = 1

    def __init__(
        self, what: str, *, where: str | Path | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        self.what, self.where, self.line, self.hint = what, where, line, hint
        place = "" if where is None else f"{where}:{line}: " if line is not None else f"{where}: "
        super().__init__(f"{place}{what}{f' ({hint})' if hint else ''}")


class InputError(KgError):
    """A file cannot be read, or a record in it is broken."""


class MissingFile(InputError):
    """No such file or folder."""


class UnknownFormat(InputError):
    """No reader or exporter of that name, or none for that file."""


class BrokenRecord(InputError):
    """One record in a file cannot be understood; the others can."""


class EncodingError(InputError):
    """The bytes of a file are not text in a known encoding."""


class UnknownName(KgError):
    """A name that nothing has.

    >>> print(UnknownName("exporter", "turtel", ["turtle", "trig"]))
    no exporter named 'turtel' (did you mean turtle?)
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        from difflib import get_close_matches

        known = list(known)
        folded = {k.casefold(): k for k in known}
        near = [folded[k] for k in get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
        hint = (
            f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(sorted(known)[:20])}" if known else None
        )
        super().__init__(f"no {kind} named {name!r}", hint=hint)
        self.name, self.near = name, near


class QueryError(KgError):
    """A SPARQL query is wrong."""


class QueryTimeout(QueryError):
    """A query ran longer than it may."""


class StoreError(KgError):
    """The `.kg` folder cannot be used."""


class StoreVersion(StoreError):
    """The store was written by a newer version of kg."""


class StoreLocked(StoreError):
    """Another build is writing to the store."""


class DiskFull(StoreError):
    """No space is left to write the store or an export."""


class ModelError(KgError):
    """A trained model is missing, damaged or does not fit."""


class SchemaError(KgError):
    """The schema or the lexicon contradicts itself."""


class CorrectionError(KgError):
    """A corrections file cannot be understood."""
