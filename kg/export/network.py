"""GraphML and GEXF that open in Gephi, Gephi Lite, yEd, Cytoscape, igraph and networkx.

Written by hand and streamed: networkx's writers hold a second copy of the graph, give the edges between
two nodes the ids 0, 1, 2, and name keys "d3", which Gephi takes for a label. What the readers of these
programs insist on is encoded in tests/test_export_network.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from kg import __version__
from kg.errors import UnknownName
from kg.export.files import replacing
from kg.export.rows import EDGE_COLUMNS, NODE_COLUMNS, Columns, Rows

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: A colour for each type, from the Okabe-Ito palette and neighbours that stay apart for colour-blind eyes.
COLOURS = {
    "Paper": "#999999",
    "Author": "#CCBB99",
    "Venue": "#AA7744",
    "Architecture": "#0072B2",
    "Method": "#009E73",
    "Task": "#CC79A7",
    "Dataset": "#E69F00",
    "Metric": "#F0E442",
    "Hardware": "#D55E00",
}

DIALECTS = ("plain", "yed")

#: Characters that XML 1.0 has no way to write.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_QUOTES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def text(value: str) -> str:
    """Escape text between tags; characters that XML cannot hold become the replacement character.

    >>> text("a < b & c")
    'a &lt; b &amp; c'
    """
    return escape(_ILLEGAL.sub("\ufffd", value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """Escape text inside double quotes.

    >>> attribute('say "x"')
    'say &quot;x&quot;'
    """
    return escape(_ILLEGAL.sub("\ufffd", value), _QUOTES)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return " | ".join(str(v) for v in value)
    return repr(value) if isinstance(value, float) else str(value)


def _size(papers: int) -> float:
    """Make the area of a node grow with the papers that name it."""
    return round(4 + 3 * sqrt(papers), 2)


def _colour(type: str) -> tuple[int, int, int]:
    """Give red, green and blue."""
    number = int(COLOURS.get(type, "#888888")[1:], 16)
    return number >> 16, number >> 8 & 255, number & 255


# GraphML

_GRAPHML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{more}'
    ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)
_YED = ' xmlns:y="http://www.yworks.com/xml/graphml"'
#: Read by Gephi as what a node looks like.
_LOOKS: Columns = {"size": "float", "r": "int", "g": "int", "b": "int"}


def write_graphml(graph: KnowledgeGraph, path: str | Path, *, dialect: str = "plain") -> None:
    """Write GraphML: nodes and edges with plain attributes, colours and sizes.

    `dialect="yed"` adds the labels and shapes that yEd shows; the file still opens everywhere else.
    """
    if dialect not in DIALECTS:
        raise UnknownName("dialect", dialect, DIALECTS)
    with replacing(path) as out:
        for part in _graphml(Rows(graph), yed=dialect == "yed"):
            out.write(part.encode())


def _graphml(rows: Rows, *, yed: bool) -> Iterator[str]:
    yield _GRAPHML.format(more=_YED if yed else "")
    # Keys of nodes and of edges are kept apart, and each key has one id in the file.
    node_keys = {name: name for name in (*NODE_COLUMNS, *_LOOKS)}
    edge_keys = {name: f"edge_{name}" if name in node_keys else name for name in EDGE_COLUMNS}
    for kind, keys, types in (("node", node_keys, {**NODE_COLUMNS, **_LOOKS}), ("edge", edge_keys, EDGE_COLUMNS)):
        for name, key in keys.items():
            yield f'  <key id="{key}" for="{kind}" attr.name="{name}" attr.type="{_graphml_type(types[name])}"/>\n'
        if yed:
            yield f'  <key id="yed_{kind}" for="{kind}" yfiles.type="{kind}graphics"/>\n'
    yield f'  <graph id="kg" edgedefault="directed">\n    <desc>{text(rows.title)}</desc>\n'
    for node in rows.nodes():
        r, g, b = _colour(node["type"])
        yield f'    <node id="{attribute(node["id"])}">\n'
        yield from _data({**node, "size": _size(node["papers"]), "r": r, "g": g, "b": b}, node_keys)
        if yed:
            yield (
                f'      <data key="yed_node"><y:ShapeNode><y:Fill color="#{r:02X}{g:02X}{b:02X}" transparent="false"/>'
                f"<y:NodeLabel>{text(node['label'])}</y:NodeLabel>"
                '<y:Shape type="roundrectangle"/></y:ShapeNode></data>\n'
            )
        yield "    </node>\n"
    for edge in rows.edges():
        yield (
            f'    <edge id="{attribute(edge["id"])}" source="{attribute(edge["source"])}"'
            f' target="{attribute(edge["target"])}">\n'
        )
        yield from _data(edge, edge_keys)
        if yed:
            yield (
                f'      <data key="yed_edge"><y:PolyLineEdge><y:Arrows source="none" target="standard"/>'
                f"<y:EdgeLabel>{text(edge['label'])}</y:EdgeLabel></y:PolyLineEdge></data>\n"
            )
        yield "    </edge>\n"
    yield "  </graph>\n</graphml>\n"


def _graphml_type(type: str) -> str:
    return "string" if type == "list" else type


def _data(row: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[str]:
    """Write what a row has; what is not known is left out, never empty."""
    for name, key in keys.items():
        value = row.get(name)
        if value not in (None, "", ()):
            yield f'      <data key="{key}">{text(_plain(value))}</data>\n'


# GEXF

_GEXF = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd" version="1.3">\n'
)
#: What a GEXF element says itself, so that it is no attribute.
_INHERENT = ("id", "label", "source", "target", "weight")


def write_gexf(graph: KnowledgeGraph, path: str | Path) -> None:
    """Write GEXF 1.3 with colours, sizes and time: a thing is there from the first paper that names it."""
    with replacing(path) as out:
        for part in _gexf(Rows(graph)):
            out.write(part.encode())


def _gexf(rows: Rows) -> Iterator[str]:
    yield _GEXF
    yield f"  <meta>\n    <creator>kg {__version__}</creator>\n    <description>{text(rows.title)}</description>\n"
    time = 'mode="dynamic" timeformat="date" timerepresentation="interval"' if rows.dated else 'mode="static"'
    yield f'  </meta>\n  <graph defaultedgetype="directed" idtype="string" {time}>\n'
    columns = {}
    for kind, types in (("node", NODE_COLUMNS), ("edge", EDGE_COLUMNS)):
        columns[kind] = {name: name for name in types if name not in _INHERENT}
        yield f'    <attributes class="{kind}" mode="static">\n'
        for name in columns[kind]:
            yield f'      <attribute id="{name}" title="{name}" type="{_gexf_type(types[name])}"/>\n'
        yield "    </attributes>\n"
    yield "    <nodes>\n"
    for node in rows.nodes():
        yield (f'      <node id="{attribute(node["id"])}" label="{attribute(node["label"])}"{_start(node["start"])}>\n')
        yield from _attvalues(node, columns["node"])
        yield '        <viz:color r="{}" g="{}" b="{}"/>\n'.format(*_colour(node["type"]))
        yield f'        <viz:size value="{_size(node["papers"])}"/>\n      </node>\n'
    yield "    </nodes>\n    <edges>\n"
    for edge in rows.edges():
        # Edges of another kind between the same nodes are parallel edges, not repeats.
        yield (
            f'      <edge id="{attribute(edge["id"])}" source="{attribute(edge["source"])}"'
            f' target="{attribute(edge["target"])}" kind="{attribute(edge["type"])}" type="directed"'
            f' label="{attribute(edge["label"])}" weight="{edge["weight"]!r}"{_start(edge["start"])}>\n'
        )
        yield from _attvalues(edge, columns["edge"])
        yield "      </edge>\n"
    yield "    </edges>\n  </graph>\n</gexf>\n"


def _gexf_type(type: str) -> str:
    return {"int": "integer", "list": "string"}.get(type, type)


def _start(day: str | None) -> str:
    return f' start="{day}"' if day else ""


def _attvalues(row: Mapping[str, Any], columns: Iterable[str]) -> Sequence[str]:
    known = [(name, row.get(name)) for name in columns]
    values = [
        f'          <attvalue for="{name}" value="{attribute(_plain(value))}"/>\n'
        for name, value in known
        if value not in (None, "", ())
    ]
    return ["        <attvalues>\n", *values, "        </attvalues>\n"]
