"""Saved pages of a daily-papers site: titles and abstracts as they were on the screen.

Two layouts are known. In one, title and abstract stand on lines of their own with blank lines between, and
may be followed by a footer ("• 6 authors", "·", a date, up-votes). In the other they stand on consecutive
lines and the first title is glued to the button before it ("SubscribeCrossViT: ...").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BrokenRecord
from kg.read.text import check, numbered_lines, tidy
from kg.types import Paper, paper_id

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: What the page says that is no paper: its header, and the footer's number of authors.
_CHROME = re.compile(
    r"new|Subscribe|Daily Papers|Get trending papers.*|by\s*AK and the research community"
    r"|•\s*\d+ authors?|·",
    re.IGNORECASE,
)

#: "May 4, 2022 1": the day, the year (left out by the site in the running year), up-votes.
_DATE = re.compile(rf"({'|'.join(_MONTHS)})[a-z]* (\d{{1,2}})(?:, (\d{{4}}))?(?: \d+)?")

#: The longest title known has 176 characters, the shortest abstract 412.
_PROSE = 240


def is_prose(line: str) -> bool:
    """Tell an abstract from a title: long, or sentences of which the last ends with a full stop.

    >>> is_prose("When are 1.58 bits enough? A Study"), is_prose("We study attention. Vision needs none.")
    (False, True)
    """
    return len(line) > _PROSE or bool(re.search(r"[a-z]{2}[.!?] [A-Z].*[a-z0-9)]{2}\.$", line))


@dataclass(slots=True)
class _Block:
    """One paper while its lines come in."""

    line: int
    title: str
    paragraphs: list[str]
    date: str | None = None
    closed: bool = False


def read_listing(path: Path) -> Iterator[Paper | BrokenRecord]:
    """Read the papers of a saved page, in its order, repeats included.

    The day is kept where the page gives a year; a bare "Sep 28" means the year in which the page was
    saved, which it does not say. Numbers of authors and of up-votes are not facts of the paper. A title
    without an abstract and an abstract without a title are broken records. An abstract may have several
    paragraphs where blank lines part them.
    """
    block: _Block | None = None
    started = blank = False
    for number, raw in numbered_lines(path):
        check(raw, path, number)
        line = tidy(raw)
        if not started and line.startswith("Subscribe") and line != "Subscribe":
            line = line.removeprefix("Subscribe").lstrip()
            started = True
        if not line:
            blank = True
            continue
        day = _DATE.fullmatch(line)
        if day or _CHROME.fullmatch(line):
            if block:
                block.closed = True
            if block and day and day[3]:
                block.date = f"{day[3]}-{_MONTHS.index(day[1]) + 1:02}-{int(day[2]):02}"
        elif is_prose(line) and block and not block.closed and (blank or not block.paragraphs):
            block.paragraphs.append(line)
        elif is_prose(line):
            yield BrokenRecord(f"an abstract without a title: {line[:60]}...", where=path, line=number)
        else:
            if block:
                yield _finish(block, path)
            started = True
            block = _Block(number, line, [])
        blank = False
    if block:
        yield _finish(block, path)


def _finish(block: _Block, path: Path) -> Paper | BrokenRecord:
    if not block.paragraphs:
        return BrokenRecord(
            f"no abstract after {block.title[:80]!r}",
            where=path,
            line=block.line,
            hint="a title is followed by its abstract on the next line that is not blank",
        )
    abstract = " ".join(block.paragraphs)
    return Paper(paper_id(block.title), block.title, abstract, date=block.date, source=path.name)
