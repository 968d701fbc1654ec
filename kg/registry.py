"""Named parts (readers, extractors, exporters, commands): one table each, imported on first use.

A table maps a name to `"module:attribute"`. Other packages add rows through entry points of the table's
group, so a new part is one function and one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Generic, TypeVar, cast

from kg.errors import UnknownName

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A table from name to part; the part is imported when it is first asked for.

    >>> parts: Registry[Any] = Registry("number", {"pi": "math:pi"})
    >>> round(parts["pi"], 2), list(parts)
    (3.14, ['pi'])
    >>> parts["pie"]
    Traceback (most recent call last):
    kg.errors.UnknownName: no number named 'pie' (did you mean pi?)
    """

    def __init__(self, kind: str, rows: Mapping[str, str], *, group: str | None = None) -> None:
        self.kind, self.group = kind, group
        self._rows = dict(rows)
        self._extended = group is None

    def _all(self) -> dict[str, str]:
        if not self._extended:
            self._extended = True
            for point in sorted(entry_points(group=self.group or ""), key=lambda p: p.name):
                self._rows.setdefault(point.name, point.value)
        return self._rows

    def __getitem__(self, name: str) -> T:
        rows = self._rows if name in self._rows else self._all()
        if name not in rows:
            raise UnknownName(self.kind, name, rows)
        module, _, attribute = rows[name].partition(":")
        return cast(T, getattr(import_module(module), attribute))

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
