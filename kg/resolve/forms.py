"""Written forms: what two spellings of one name have in common, and by which steps they come together.

Four levels, each coarser than the one before; two forms that meet at a level differ only in what it folds:

* *exact*: blanks and LaTeX remains folded ("B\\'ezier" = "Bézier")
* *case*: upper and lower case
* *light*: hyphens, plural, British spelling, an acronym in brackets ("Semi--supervised" = "semi-supervised")
* *heavy*: known abbreviations inside a phrase ("hierarchical ViTs"), derivation ("computing cost" =
  "computational cost"), word order ("loss of accuracy"), dates ("WMT'14" = "WMT 2014")

Numbers, sizes and versions are never folded: "LLaMA-2-7B" and "LLaMA 27B", "HBM2" and "HBM2E" stay apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from kg.resolve.tables import (
    ABBREVIATIONS,
    CLASS_NOUNS,
    DERIVED,
    DROPPED,
    IRREGULAR,
    KEEP_IS,
    KEEP_OUR,
    NO_PLURAL,
    VENDORS,
)

LEVELS = ("exact", "case", "light", "heavy")

_ACCENT = re.compile(r"\\[`'^\"~=.]\s*\{?([A-Za-z])\}?")
_LATEX_WORD = re.compile(r"\\(?:text\w*|math\w*|rm|bf|it|emph|operatorname|sc)\b\s*")
_LATEX_NAMES = {
    **{"\\alpha": "\u03b1", "\\beta": "\u03b2", "\\times": "x", "\\mu": "\u03bc"},
    **{"\\%": "%", "\\&": "&", "\\_": "_"},
}
#: Typographic quotes and dashes, and what everyone types instead.
_QUOTES = {
    **dict.fromkeys((0x2019, 0x2018, 0x60), "'"),
    **dict.fromkeys((0x201C, 0x201D), '"'),
    **dict.fromkeys((0x2010, 0x2011, 0x2013, 0x2014, 0x2212), "-"),
}


@lru_cache(maxsize=1 << 18)
def plain(form: str) -> str:
    """Take LaTeX, accents and odd blanks out of a form, and leave the rest as written.

    >>> plain("B\\\\'ezier  curves"), plain("Ge\\\\textsubscript{2}Sb"), plain("Nyströmformer")
    ('Bezier curves', 'Ge2Sb', 'Nystromformer')
    """
    if form.isascii() and "\\" not in form and "$" not in form and "{" not in form and "~" not in form:
        return " ".join(form.split()).translate(_QUOTES).strip(" .,;:'\"")
    for name, sign in _LATEX_NAMES.items():
        form = form.replace(name, sign)
    form = _ACCENT.sub(r"\1", form)
    form = _LATEX_WORD.sub("", form).replace("$", "").replace("~", " ").replace("\\,", " ").replace("\\", "")
    form = form.replace("{", "").replace("}", "")
    form = unicodedata.normalize("NFKD", form.translate(_QUOTES))
    form = "".join(c for c in form if not unicodedata.combining(c))
    return " ".join(form.split()).strip(" .,;:'\"")


#: British spelling and joined words, folded on single words.
_SPELLING = (
    (re.compile(r"is(ation|e|ed|er|es|ing|able)$"), r"iz\1"),
    (re.compile(r"(mod|lab|cance|trave|signa)ll(ing|ed|er)$"), r"\1l\2"),
    (re.compile(r"our(s|ed|ing|al)?$"), r"or\1"),
    (re.compile(r"^centre"), "center"),
    (re.compile(r"^programme$"), "program"),
)


def singular(word: str, written: str = "") -> str:
    """Fold a plural; `written` is the word as it stands in the text, whose case tells acronyms.

    >>> [singular(w.lower(), w) for w in ("Transformers", "memories", "LLMs", "OCSes", "FLOPS", "FLOPs", "bias")]
    ['transformer', 'memory', 'llm', 'ocs', 'flops', 'flop', 'bias']
    """
    if not word.endswith("s") or len(word) < 3:
        return word
    if word in IRREGULAR:
        return IRREGULAR[word]
    if written and written[-1] == "S":
        return word
    if written and len(written) > 2 and written.endswith("s") and (written[-2].isupper() or written[-2].isdigit()):
        return word[:-1]
    if written and written.endswith("es") and len(written) > 4 and written[:-2].isupper():
        return word[:-2]
    if word in NO_PLURAL or len(word) < 4 or word.endswith(("ss", "us", "is", "ous")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def _spell(word: str) -> str:
    if word.isascii() and word.isalpha():
        for pattern, to in _SPELLING:
            if word in KEEP_IS or word in KEEP_OUR or len(word) < 5:
                break
            word = pattern.sub(to, word)
    return word


_BRACKET = re.compile(r"\s*\(([^()]*)\)")
_WORD = re.compile(r"[^\W_]+(?:\.\d+)*(?:[+#*]+(?!\w))?|[+#*!?%&@→∞]+|\^")
_DECADE = re.compile(r"'(\d\d)\b")


def bracketed(form: str) -> tuple[str, str]:
    """Split an acronym in brackets from a form: the rest, and what stood in brackets ("" if none).

    >>> bracketed("Large Language Model (LLM) inference"), bracketed("Celeb-DF (v2)")
    (('Large Language Model inference', 'LLM'), ('Celeb-DF (v2)', ''))
    """
    found = _BRACKET.search(form)
    if not found:
        return form, ""
    inner = found.group(1).strip()
    rest = " ".join((form[: found.start()] + " " + form[found.end() :]).split())
    letters = re.sub(r"[^A-Za-z]", "", inner)
    short = (
        len(inner) <= 12 and " " not in inner and (sum(c.isupper() for c in letters) >= 2 or initials_fit(inner, rest))
    )
    if not rest or not short or len(rest) <= len(inner):
        return form, ""
    return rest, inner


@lru_cache(maxsize=1 << 18)
def words(form: str) -> tuple[str, ...]:
    """Cut a form into folded words: case, hyphens, plurals and spelling gone.

    >>> words("Semi--supervised Learning"), words("AP^m"), words("Mamba-2.0"), words("GPT 2.0")
    (('semi', 'supervised', 'learning'), ('ap', 'm'), ('mamba', '2'), ('gpt', '2'))
    """
    text, _ = bracketed(plain(form))
    text = _DECADE.sub(r" 20\1", text).replace("'s ", " ").replace("'", "")
    out = []
    for written in _WORD.findall(text):
        if written == "^":
            continue
        word = written.casefold()
        if (word.endswith(".0") and word[:-2].lstrip("v").isdigit() and len(word) <= 5) or re.fullmatch(
            r"[a-z]+\d{1,2}\.0", word
        ):
            word = word[:-2]
        out.append(_spell(singular(word, written)))
    if len(out) > 1 and out[0] in ("the", "a", "an"):
        out = out[1:]
    return tuple(out)


@lru_cache(maxsize=1 << 18)
def joined(parts: tuple[str, ...]) -> str:
    """Write words as one key without blanks; a mark keeps two numbers apart.

    >>> joined(("llama", "2", "7b")), joined(("resnet", "50")), joined(("resnet50",))
    ('llama2_7b', 'resnet50', 'resnet50')
    """
    key = ""
    for part in parts:
        key += "_" + part if key and key[-1].isdigit() and part[:1].isdigit() else part
    return key


_PHRASES: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _phrase, _short in ABBREVIATIONS.items():
    _parts = tuple(_phrase.split())
    _PHRASES.setdefault(_parts[0], []).append((_parts, _short))
for _list in _PHRASES.values():
    _list.sort(key=lambda p: -len(p[0]))


def _shorten(parts: tuple[str, ...]) -> tuple[str, ...]:
    out: list[str] = []
    i = 0
    while i < len(parts):
        for phrase, short in _PHRASES.get(parts[i], ()):
            if parts[i : i + len(phrase)] == phrase:
                out.append(short)
                i += len(phrase)
                break
        else:
            out.append(parts[i])
            i += 1
    return tuple(out)


@lru_cache(maxsize=1 << 18)
def heavy_words(form: str) -> tuple[str, ...]:
    """Cut a form into words with abbreviations, derivation and word order folded.

    >>> heavy_words("hierarchical vision Transformers"), heavy_words("loss of accuracy")
    (('hierarchical', 'vit'), ('accuracy', 'loss'))
    >>> heavy_words("computing costs") == heavy_words("computational cost")
    True
    """
    parts = words(form)
    if len(parts) >= 3 and "of" in parts[1:-1] and parts[-2:] != ("of", "expert"):
        at = parts.index("of")
        if at == 1 and parts[0] not in ("mixture", "bag", "chain", "tree", "internet", "area", "rate"):
            parts = parts[at + 1 :] + parts[:at]
    parts = _shorten(_shorten(parts))
    if len(parts) > 1:
        parts = tuple(
            DERIVED.get(p, p) if i + 1 < len(parts) else p for i, p in enumerate(parts) if p not in DROPPED or i == 0
        )
    return parts


@lru_cache(maxsize=1 << 18)
def light(form: str) -> str:
    """Fold case, hyphens, plural and spelling into a key.

    >>> light("Vision Transformers") == light("vision-transformer"), light("HBM2") == light("HBM2E")
    (True, False)
    """
    return joined(words(form))


@lru_cache(maxsize=1 << 18)
def heavy(form: str) -> str:
    """Fold a form as far as it can be without knowing what it means.

    >>> heavy("FPGA-based accelerators") == heavy("FPGA accelerator"), heavy("ResNet-50") == heavy("ResNet-101")
    (True, False)
    """
    return joined(heavy_words(form))


@lru_cache(maxsize=1 << 18)
def proper(form: str) -> bool:
    """Tell a proper name ("CrossViT", "A100", "FlexGen") from a common noun phrase ("gated attention").

    >>> [proper(f) for f in ("CrossViT", "A100", "gated attention", "Gated attention", "UDA", "BLEU score")]
    [True, True, False, False, True, False]
    """
    first = plain(form).split(" ")[0]
    if len(plain(form).split(" ")) > 1:
        return any(c.isdigit() for c in form) or all(w[:1].isupper() and _mixed(w) for w in plain(form).split(" "))
    return any(c.isdigit() for c in first) or _mixed(first)


def _mixed(word: str) -> bool:
    return any(c.isupper() for c in word[1:])


@lru_cache(maxsize=1 << 18)
def acronym(form: str) -> bool:
    """Tell an acronym: one short word, mostly capitals.

    >>> [acronym(f) for f in ("UDA", "LLMs", "MoE", "ViT-B", "Transformer", "GPT-3", "AP^m")]
    [True, True, True, False, False, False, False]
    """
    word = plain(form)
    if word.endswith("s") and len(word) > 2 and word[-2].isupper():
        word = word[:-1]
    if not 2 <= len(word) <= 7 or not word.isalnum() or word[-1].isdigit():
        return False
    upper = sum(c.isupper() for c in word)
    return upper >= 2 and upper * 2 >= len(word)


@lru_cache(maxsize=1 << 18)
def initials_fit(short: str, long: str) -> bool:
    """Tell whether an acronym can stand for a longer form: its letters begin words or follow inside them, in order.

    >>> initials_fit("MOSF", "Median as the Optimal Scaling Factor"), initials_fit("CNN", "graph network")
    (True, False)
    """
    letters = [c for c in plain(short).casefold().rstrip("s") if c.isalnum()]
    parts = [w for w in re.split(r"[\W_]+", plain(long).casefold()) if w]
    if len(parts) < 2 or not letters or letters[0] != parts[0][0]:
        return False
    text, at = " ".join(parts), 0
    for letter in letters:
        at = text.find(letter, at) + 1
        if at == 0:
            return False
    return True


@lru_cache(maxsize=1 << 18)
def stripped(form: str, type: str) -> tuple[tuple[str, str], ...]:
    """Give what is left of a form without vendor in front and class noun behind, with the reason, longest first.

    >>> list(stripped("NVIDIA A100 GPUs", "Hardware"))  # doctest: +NORMALIZE_WHITESPACE
    [('A100 GPUs', 'vendor prefix'), ('NVIDIA A100', 'trailing class noun'), ('A100', 'vendor prefix'),
     ('A100', 'modifier')]
    """
    return tuple(_strip(form, type))


def _strip(form: str, type: str) -> Iterator[tuple[str, str]]:
    text = bracketed(plain(form))[0]
    parts = text.split(" ")
    front = parts[0].casefold().removesuffix("'s")
    inner = parts[1:] if len(parts) > 1 and front in VENDORS else None
    if inner:
        yield " ".join(inner), "vendor prefix"
    nouns = CLASS_NOUNS.get(type, frozenset())
    tail = parts
    while len(tail) > 1 and singular(tail[-1].casefold(), tail[-1]) in nouns:
        tail = tail[:-1]
        yield " ".join(tail), "trailing class noun"
        if inner and len(tail) > 1:
            yield " ".join(tail[1:]), "vendor prefix"
    if type == "Hardware":
        for at in range(1, len(tail)):
            rest = " ".join(tail[at:])
            if proper(rest) and any(c.isdigit() for c in rest):
                yield rest, "modifier"


def difference(form: str, name: str) -> tuple[str, float]:
    """Say what two forms of one thing differ in, and how sure that makes the merge.

    >>> difference("vision transformers", "Vision Transformer"), difference("RESNET50", "ResNet-50")
    (('inflection', 0.99), ('hyphen', 0.99))
    """
    if form == name:
        return "same form", 1.0
    if plain(form) == plain(name):
        return "LaTeX remains", 1.0
    if plain(form).casefold() == plain(name).casefold():
        return "case", 0.99
    if bracketed(plain(form))[1] and light(form) == light(name):
        return "acronym in brackets", 0.99
    squeezed = [re.sub(r"[\W_]+", "", plain(f).casefold()) for f in (form, name)]
    if squeezed[0] == squeezed[1]:
        return "hyphen", 0.99
    if light(form) == light(name):
        spelt = any(re.search(r"is(ation|e|ed|ing)|lling|our", f.casefold()) for f in (form, name))
        plural = form.rstrip().endswith("s") != name.rstrip().endswith("s")
        return ("inflection" if plural else "spelling" if spelt else "version format"), 0.99
    if sorted(words(form)) == sorted(words(name)):
        return "word order", 0.97
    if heavy(form) == heavy(name):
        return "abbreviation or derivation", 0.95
    return "trailing class noun", 0.93
