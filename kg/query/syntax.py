"""Looking at a query before it runs: what it may not do, and where it is wrong."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise

from kg.errors import QueryError
from kg.schema import BASE, home

_NAME = r"[^\W\d_](?:[\w.\-]*[\w\-])?"
_LOCAL = r"(?:[\w:%\-]|\\.)(?:(?:[\w.:%\-]|\\.)*(?:[\w:%\-]|\\.))?"
_TOKEN = re.compile(
    rf"""(?P<comment>\#[^\n]*)
    |(?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
    |(?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<variable>[?$]\w+)
    |(?P<blank>_:[\w.\-]+)
    |(?P<language>@[A-Za-z]+(?:-\w+)*)
    |(?P<name>(?:{_NAME})?:(?:{_LOCAL})?)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign><=|>=|!=|&&|\|\||\^\^|<<|>>|\S)""",
    re.VERBOSE | re.DOTALL,
)  # fmt: skip

#: Words that the language knows.
_KEYWORDS = frozenset(
    """
    ABS ADD ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL COALESCE CONCAT CONSTRUCT CONTAINS COUNT
    DATATYPE DAY DESC DESCRIBE DISTINCT EXISTS FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HAVING HOURS IF IN
    IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANG LANGMATCHES LCASE LIMIT MAX MD5 MIN MINUS MINUTES MONTH
    NAMED NOT NOW OFFSET OPTIONAL ORDER PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS
    SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS STRLANG
    STRLEN STRSTARTS STRUUID SUBSTR SUM TIMEZONE TZ UCASE UNDEF UNION URI USING UUID VALUES WHERE WITH YEAR
    A TRUE FALSE
    """.split()  # noqa: SIM905 - a column of 90 strings reads worse
)

_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH")


def tokenize(text: str) -> list[re.Match[str]]:
    """Cut a query into words, names, IRIs, strings, numbers and signs; comments are left out."""
    return [m for m in _TOKEN.finditer(text) if m.lastgroup != "comment"]


def wants_graphs(text: str) -> bool:
    """Tell whether a query may ask for the graph of a single paper.

    >>> wants_graphs("SELECT * { GRAPH ?g { ?s ?p ?from } }"), wants_graphs("SELECT * { ?s ?p ?from }")
    (True, False)
    >>> wants_graphs("ASK { method:learning-from-graphs ?p 'from a graph' }")
    False
    """
    return any(token.lastgroup == "word" and token[0].upper() in ("GRAPH", "FROM") for token in tokenize(text))


def refuse_service(sparql: str, names: Mapping[str, str]) -> None:
    """Raise QueryError if a query would ask another machine.

    The parser itself decides: with the word replaced by another of its length that no one can foresee,
    a query still parses only if the word was not a keyword (but part of a name, a string or a comment).
    """
    if not re.search("service", sparql, re.IGNORECASE):
        return
    import pyoxigraph as ox

    other = "".join(secrets.choice(string.ascii_lowercase) for _ in range(7))
    renamed = re.sub("service", other, sparql, flags=re.IGNORECASE)
    try:
        # Evaluation is lazy except for ASK, and an empty store holds nothing to join.
        ox.Store().query(renamed, prefixes=dict(names), base_iri=BASE)
    except SyntaxError as error:
        word = next((m for m in tokenize(sparql) if m[0].casefold().startswith("service")), None)
        if word is not None:
            what = "SERVICE is off: a query does not leave this machine"
            raise QueryError(_shown(sparql, what, word.start(), len("service"))) from None
        raise syntax_error(sparql, str(error).replace(other, "SERVICE"), names) from None


# Errors


def _shown(sparql: str, what: str, start: int, length: int = 1, near: str = "") -> str:
    """Say what is wrong, at which line and column, and show the line with a caret under the place."""
    line = sparql.count("\n", 0, start) + 1
    begin = sparql.rfind("\n", 0, start) + 1
    shown = sparql[begin:].split("\n", 1)[0]
    column = start - begin
    blanks = "".join("\t" if c == "\t" else " " for c in shown[:column])
    caret = "^" * max(1, min(length, len(shown) - column))
    return f"line {line}, column {column + 1}: {what}{near}\n  {shown}\n  {blanks}{caret}"


def _near(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    from difflib import get_close_matches

    folded = {k.casefold(): k for k in known}
    found = get_close_matches(word.casefold(), folded, n=2, cutoff=cutoff)
    return f" (did you mean {' or '.join(folded[f] for f in found)}?)" if found else ""


def _declared(tokens: list[re.Match[str]]) -> set[str]:
    return {
        after[0].removesuffix(":")
        for before, after in pairwise(tokens)
        if before[0].upper() == "PREFIX" and after.lastgroup == "name"
    }


def syntax_error(sparql: str, message: str, names: Mapping[str, str]) -> QueryError:
    """Explain a query that does not parse: the place, what is wrong there, and the nearest known word.

    >>> print(syntax_error("SELECT * WHER { ?s ?p ?o }", "error at 1:16: expected DISTINCT", {}))
    line 1, column 10: 'WHER' is not understood here (did you mean WHERE?)
      SELECT * WHER { ?s ?p ?o }
               ^^^^
    """
    tokens = tokenize(sparql)
    if not tokens:
        return QueryError("the query is empty", hint="try: SELECT ?s WHERE { ?s a kg:Hardware }")
    if tokens[0][0].upper() in _UPDATES:
        what = f"{tokens[0][0].upper()} would change the graph; a query only reads"
        return QueryError(_shown(sparql, what, tokens[0].start(), len(tokens[0][0])))
    declared = _declared(tokens) | set(names)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.lastgroup == "name" and not (before and before[0].upper() == "PREFIX"):
            prefix = token[0].partition(":")[0]
            if before and before[0] == "<":
                what = "this IRI holds a character that an IRI may not"
                return QueryError(_shown(sparql, what, before.start(), token.end() - before.start()))
            if prefix not in declared:
                near = _near(prefix, declared) if prefix else ""
                near = near.replace("?)", ":?)").replace(" or ", ": or ") or "; declare it with PREFIX"
                what = f"unknown prefix {prefix}:"
                return QueryError(_shown(sparql, what, token.start(), len(token[0]), near))
    if "variable that is unbound" in message:
        return QueryError(_ungrouped(sparql, tokens))
    n, expected = _furthest(sparql, tokens, names)
    odd, what = _unbalanced(tokens)
    early = n is None or n >= len(tokens) or tokens[n][0].upper() in _MODIFIERS or tokens[n][0] in "})]\"'<"
    if odd is not None and early:
        return QueryError(_shown(sparql, what, odd.start()))
    if n is None or n >= len(tokens):
        last = tokens[-1]
        return QueryError(_shown(sparql, f"the query ends too early{expected}", last.start(), len(last[0])))
    token = tokens[n]
    near = ""
    if token.lastgroup == "word" and token[0].upper() not in _KEYWORDS:
        near = _near(token[0], _KEYWORDS, cutoff=0.7)
    what = f"{token[0]!r} is not understood here"
    return QueryError(_shown(sparql, what, token.start(), len(token[0]), near or expected))


#: Words that may follow a group but not stand in one.
_MODIFIERS = ("LIMIT", "OFFSET", "ORDER", "GROUP", "HAVING")


def _ungrouped(sparql: str, tokens: list[re.Match[str]]) -> str:
    """Explain a selected variable that is neither grouped by nor aggregated."""
    words = [t[0].upper() for t in tokens]
    grouped = words[words.index("GROUP") :] if "GROUP" in words else []
    depth = 0
    for token in tokens:
        depth += (token[0] == "(") - (token[0] == ")")
        if token.lastgroup == "variable" and not depth and token[0].upper() not in grouped:
            what = f"{token[0]} is selected but neither grouped by nor aggregated; add GROUP BY {token[0]}"
            return _shown(sparql, what, token.start(), len(token[0]))
        if token[0] == "{":
            break
    return "a selected variable is neither grouped by nor aggregated"


def _unbalanced(tokens: list[re.Match[str]]) -> tuple[re.Match[str] | None, str]:
    """Find the first bracket or quote without its other half, and say so."""
    pairs, stack = {"}": "{", ")": "(", "]": "["}, []
    for token in tokens:
        if token[0] in ('"', "'"):
            return token, "this string is never closed"
        if token[0] in pairs.values():
            stack.append(token)
        elif token[0] in pairs:
            if not stack:
                return token, f"this {token[0]} closes nothing"
            if stack[-1][0] != pairs[token[0]]:
                return token, f"this {token[0]} does not close the {stack[-1][0]} before it"
            stack.pop()
    return (stack[-1], f"this {stack[-1][0]} is never closed") if stack else (None, "")


#: Longer than any keyword the parser may look ahead for.
_GAP = " " * 24


def _furthest(sparql: str, tokens: list[re.Match[str]], names: Mapping[str, str]) -> tuple[int | None, str]:
    """Find the first token that cannot stand where it does, and what could.

    The parser looks ahead by the length of each keyword it tries, so its position is past the fault. With
    wide gaps between the tokens it cannot look past one.
    """
    import pyoxigraph as ox

    starts, spread = [], ""
    for token in tokens:
        starts.append(len(spread))
        spread += token[0].replace("\n", " ") + _GAP
    try:
        ox.Store().query(spread, prefixes=dict(names), base_iri=BASE)
    except SyntaxError as error:
        found = re.search(r"error at \d+:(\d+): expected (.*)", str(error), re.DOTALL)
        if not found:
            return None, ""
        at = int(found[1]) - 1
        if at >= len(spread.rstrip()):
            return len(tokens), _expected(found[2])
        return max(n for n, start in enumerate(starts) if start <= at), _expected(found[2])
    return None, ""


def _expected(listed: str) -> str:
    """Name what could stand here, when that is short enough to help."""
    plain = re.sub(r"\[[^\]]*\]", "", listed.removeprefix("one of "))
    words = [w.strip().strip('"') for w in plain.split(",")]
    kept = [w for w in dict.fromkeys(words) if re.fullmatch(r"[A-Z]{2,}|[{}().;]", w)]
    return f"; expected {', '.join(kept[:-1])}{' or ' if len(kept) > 1 else ''}{kept[-1]}" if 0 < len(kept) <= 5 else ""


@cache
def ontology_names() -> frozenset[str]:
    """Collect the local names of our ontology's classes and properties; empty when it is not installed."""
    path = home() / "ontology.ttl"
    if not path.is_file():
        return frozenset()
    import pyoxigraph as ox

    own = BASE + "ontology#"
    with path.open("rb") as lines:
        found = [q.subject for q in ox.parse(lines, format=ox.RdfFormat.TURTLE)]
    subjects = {s.value for s in found if isinstance(s, ox.NamedNode)}
    return frozenset(s.removeprefix(own) for s in subjects if s.startswith(own))


def unknown_names(sparql: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Doubt every `kg:` name that the ontology does not have: such a query is legal but finds nothing."""
    known = ontology_names()
    tokens = tokenize(sparql)
    if not known or "kg" in _declared(tokens):
        return ()
    doubts: dict[str, str] = {}
    for token in tokens:
        if token.lastgroup == "name" and token[0].startswith("kg:") and token[0][3:] and token[0][3:] not in known:
            kind = "class" if token[0][3].isupper() else "property"
            near = _near(token[0][3:], known).replace("mean ", "mean kg:").replace(" or ", " or kg:")
            what = f"no {kind} {token[0]} in the ontology"
            doubts.setdefault(token[0], _shown(sparql, what, token.start(), len(token[0]), near))
    return tuple(doubts.values())
