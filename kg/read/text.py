"""Text from files, without guessing: UTF-8 or what a byte order mark says, else an `EncodingError`.

A wrong guess would end up in quotes that no reader could find again in the paper.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from kg.errors import EncodingError, InputError, MissingFile

#: Byte order marks, the longer first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: What "surrogateescape" puts in place of a byte that is not UTF-8.
_BAD_BYTE = re.compile("[\udc80-\udcff]")


def open_text(path: Path) -> TextIO:
    """Open a text file; bytes that are not UTF-8 come as lone surrogates, which `check` refuses.

    Lines end at newlines only (any of the three kinds), not at the other breaks that Unicode has.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise MissingFile("no such file", where=path, hint="check the spelling and the folder you are in") from None
    except OSError as error:
        raise InputError(error.strerror or str(error), where=path) from error
    head = file.peek(4096)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if encoding is None and b"\0" in head[:4096]:
        file.close()
        raise EncodingError("this is no text file, or UTF-16 without a mark", where=path, hint="save it as UTF-8")
    errors = "strict" if encoding in ("utf-16", "utf-32") else "surrogateescape"
    return io.TextIOWrapper(file, encoding=encoding or "utf-8", errors=errors)


def check(line: str, path: Path, number: int) -> None:
    """Raise EncodingError when a line held a byte that is not UTF-8."""
    bad = _BAD_BYTE.search(line)
    if bad:
        byte = ord(bad[0]) - 0xDC00
        # Most such files come from Windows or old LaTeX installations.
        meant = bytes([byte]).decode("cp1252", "replace")
        raise EncodingError(
            f"byte 0x{byte:02x} is not UTF-8",
            where=path,
            line=number,
            hint=f"if it should read {meant!r}: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > new",
        )


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file, numbered from 1, without their ends; they are not checked."""
    with open_text(path) as lines:
        number = 0
        try:
            for number, line in enumerate(lines, 1):
                yield number, line.rstrip("\n")
        except UnicodeError as error:
            raise EncodingError(
                f"cut or damaged {lines.encoding} text", where=path, line=number + 1, hint="save it as UTF-8"
            ) from error


def read_text(path: Path) -> str:
    """Read a whole text file, every line of it checked."""
    lines = []
    for number, line in numbered_lines(path):
        check(line, path, number)
        lines.append(line)
    return "\n".join(lines)


def tidy(text: str) -> str:
    """Write running text in one way: composed characters, single blanks, nothing around.

    Where a line was broken in a file says nothing about the paper, and the same paper must read equal
    from every format.

    >>> tidy(" Vision\\n  Transformer ")
    'Vision Transformer'
    """
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
