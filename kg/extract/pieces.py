"""Cut text into words, and words into the pieces that the encoder knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What the eye sees of a word that an uncased vocabulary loses.
SHAPES = ("special", "lower", "Title", "UPPER", "mIxed", "123", "a1", "A1", "symbol")

#: Where a word stands.
SECTIONS = ("abstract", "title")

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


def words(text: str) -> list[tuple[int, int]]:
    """Cut a text into runs of letters and digits, and single signs; give their offsets.

    >>> [("GPT-2 (1.5B)"[a:b]) for a, b in words("GPT-2 (1.5B)")]
    ['GPT', '-', '2', '(', '1', '.', '5B', ')']
    """
    return [m.span() for m in _WORD.finditer(text)]


def shape(word: str) -> int:
    """Name the shape of a word, as an index into SHAPES.

    >>> [SHAPES[shape(w)] for w in ("the", "Transformer", "GPU", "ImageNet", "512", "x1", "B200", "-")]
    ['lower', 'Title', 'UPPER', 'mIxed', '123', 'a1', 'A1', 'symbol']
    """
    if not word[0].isalnum():
        return 8
    if word.isdigit():
        return 5
    if any(c.isdigit() for c in word):
        return 7 if any(c.isupper() for c in word) else 6
    if word.islower() or word == word.lower():
        return 1
    if word.isupper():
        return 3 if len(word) > 1 else 2
    return 2 if word[0].isupper() and word[1:] == word[1:].lower() else 4


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of a text: their numbers, their words' shapes, and the first piece of every word."""

    numbers: list[int]
    shapes: list[int]
    firsts: list[int]


class Cutter:
    """The piece vocabulary: words to numbers, without the first and last special piece."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.cls: int = tokenizer.token_to_id("[CLS]")
        self.sep: int = tokenizer.token_to_id("[SEP]")
        self.mask: int = tokenizer.token_to_id("[MASK]")
        self.unknown: int = tokenizer.token_to_id("[UNK]")
        self._memory: dict[str, tuple[list[int], list[int]]] = {}

    @classmethod
    def load(cls, path: Path) -> Cutter:
        """Read a `tokenizer.json`."""
        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(path)))

    def word(self, word: str) -> tuple[list[int], list[int]]:
        """Cut one word into at least one piece: numbers and shapes, remembered for next time."""
        known = self._memory.get(word)
        if known is None:
            ids = self._tokenizer.encode(word, add_special_tokens=False).ids[:16] or [self.unknown]
            known = (ids, [shape(word)] * len(ids))
            if len(self._memory) < 200_000:
                self._memory[word] = known
        return known

    def cut(self, texts: Sequence[str]) -> Pieces:
        """Cut a list of words."""
        numbers: list[int] = []
        shapes: list[int] = []
        firsts: list[int] = []
        for w in texts:
            ids, seen = self.word(w)
            firsts.append(len(numbers))
            numbers.extend(ids)
            shapes.extend(seen)
        return Pieces(numbers, shapes, firsts)
