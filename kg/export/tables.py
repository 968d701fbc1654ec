"""Tables: CSV for spreadsheets and notebooks, Neo4j's importer, KGX and ORKG, and findings as JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from kg.errors import KgError
from kg.export.files import replacing
from kg.export.rdf.terms import clean
from kg.export.rows import EDGE_COLUMNS, NODE_COLUMNS, Columns, Rows, day
from kg.facts import paper_node
from kg.findings import findings_to_json
from kg.types import Findings, Measurement, Paper

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

#: What joins several values in one cell.
JOIN = " | "

Row = Mapping[str, Any]


class Tables:
    """Files of one export, written aside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, columns: Iterable[str], rows: Iterable[Row]) -> None:
        """Write one table: the named columns of each row, commas or (in *.tsv) tabs between them."""
        columns, tabs = list(columns), name.endswith(".tsv")
        with (self.folder / name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter="\t" if tabs else ",", lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)


@contextmanager
def tables(path: str | Path) -> Iterator[Tables]:
    """Give a place for tables that take their names in the folder `path` when all are complete."""
    path = Path(path)
    if path.is_file():
        raise KgError("this is a file, and the format is a folder of files", where=path, hint="name a folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as draft:
        yield Tables(Path(draft))
        path.mkdir(exist_ok=True)
        for file in sorted(Path(draft).iterdir()):
            file.replace(path / file.name)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return JOIN.join(clean(str(v)) for v in value)
    return repr(value) if isinstance(value, float) else clean(str(value))


# CSV

_RESULTS = (
    "id", "iri", "paper", "subject", "metric", "value", "value_high", "unit", "kind", "direction", "baseline",
    "dataset", "task", "hardware", "confidence", "section", "start", "end", "quote", "subject_id", "metric_id",
    "baseline_id", "dataset_id", "task_id", "hardware_id",
)  # fmt: skip
#: What a result joins.
_ENDS = ("subject", "metric", "baseline", "dataset", "task", "hardware")
_CLAIMS = (
    "edge", "source", "type", "target", "paper", "confidence", "section", "start", "end", "quote",
)  # fmt: skip
_PAPERS = ("id", "node", "iri", "title", "abstract", "authors", "date", "venue", "doi", "arxiv", "url", "source")


def write_csv(graph: KnowledgeGraph, path: str | Path) -> None:
    """Write a folder of five tables: nodes, edges, claims (every piece of evidence), results and papers.

    Offsets count code points into title, newline, abstract of the paper, whose text papers.csv has.
    """
    rows = Rows(graph)
    with tables(path) as out:
        out.write("nodes.csv", ("id", *NODE_COLUMNS), rows.nodes())
        out.write("edges.csv", ("id", "source", "target", *EDGE_COLUMNS), rows.edges())
        out.write("claims.csv", _CLAIMS, _claims(rows))
        out.write("results.csv", _RESULTS, (_result(rows, m) for m in graph.measurements()))
        out.write("papers.csv", _PAPERS, _papers(graph))


def _claims(rows: Rows) -> Iterator[Row]:
    for edge in rows.found():
        for claim in edge.claims:
            shared = {
                "edge": edge.id,
                "source": edge.source,
                "type": edge.type,
                "target": edge.target,
                "paper": claim.paper,
                "confidence": claim.confidence,
            }
            for e in claim.evidence:
                yield {**shared, "section": e.section, "start": e.start, "end": e.end, "quote": e.quote}
            if not claim.evidence:  # metadata, such as authors, has no words in the text
                yield shared


def _result(rows: Rows, m: Measurement) -> Row:
    ends = {name: getattr(m, name) for name in _ENDS}
    e = m.evidence
    return {
        "id": m.id,
        "iri": rows.graph.iri(m.id),
        "paper": m.paper,
        "value": m.value,
        "value_high": m.value_high,
        "unit": m.unit,
        "kind": m.kind,
        "direction": m.direction,
        "confidence": m.confidence,
        **{name: rows.names.get(node or "", "") for name, node in ends.items()},
        "metric": m.metric_text,
        **{f"{name}_id": node for name, node in ends.items()},
        "section": e.section,
        "start": e.start,
        "end": e.end,
        "quote": e.quote,
    }


def _papers(graph: KnowledgeGraph) -> Iterator[Row]:
    for p in graph.papers():
        node = paper_node(p.id)
        yield {
            "id": p.id,
            "node": node,
            "iri": graph.iri(node),
            "title": p.title,
            "abstract": p.abstract,
            "authors": p.authors,
            "date": p.date,
            "venue": p.venue,
            "doi": p.ids.get("doi"),
            "arxiv": p.ids.get("arxiv"),
            "url": p.url,
            "source": p.source,
        }


# Neo4j

_NEO4J = {"list": "string[]", "int": "int", "double": "double", "float": "float", "boolean": "boolean"}

_IMPORT = """\
#!/bin/sh
# Loads these tables into a new Neo4j database; run it where neo4j-admin is, in this folder.
exec neo4j-admin database import full "${1:-neo4j}" --array-delimiter="|" \\
  --nodes=nodes.csv --nodes=results.csv --relationships=relationships.csv
"""


def write_neo4j(graph: KnowledgeGraph, path: str | Path) -> None:
    """Write a folder for `neo4j-admin database import`: nodes, results, relationships and the command.

    Every node has the label of its type; all but papers and results are also an Entity.
    """
    rows = Rows(graph)
    nodes = _header(NODE_COLUMNS, without=("type",))
    edges = {"id": "id"} | _header(EDGE_COLUMNS, without=("label", "type"))
    numbers = dict.fromkeys(("value", "value_high", "confidence"), "double")
    results = _header({name: numbers.get(name, "string") for name in (*_RESULTS[1:15], "quote")})
    with tables(path) as out:
        out.write("nodes.csv", ("id:ID", ":LABEL", *nodes.values()), (
            _named(n, nodes, {"id:ID": n["id"], ":LABEL": _labels(n["type"])}) for n in rows.nodes()
        ))  # fmt: skip
        out.write("results.csv", ("id:ID", ":LABEL", *results.values()), (
            _named(_result(rows, m), results, {"id:ID": m.id, ":LABEL": "Result"}) for m in graph.measurements()
        ))  # fmt: skip
        out.write("relationships.csv", (":START_ID", ":END_ID", ":TYPE", *edges.values()), (
            _named(e, edges, {":START_ID": e["source"], ":END_ID": e["target"], ":TYPE": e["type"].upper()})
            for e in chain(rows.edges(), _result_edges(rows))
        ))  # fmt: skip
        script = out.folder / "import.sh"
        script.write_text(_IMPORT, encoding="utf-8")
        script.chmod(0o755)


def _labels(type: str) -> str:
    return type if type == "Paper" else f"{type}|Entity"


def _header(columns: Columns, without: Iterable[str] = ()) -> dict[str, str]:
    """Give each column its name with type, as the importer wants it."""
    return {c: f"{c}:{_NEO4J[t]}" if t in _NEO4J else c for c, t in columns.items() if c not in without}


def _named(row: Row, columns: Mapping[str, str], first: Row) -> dict[str, Any]:
    """Name cells as the header does, on one line, and without the character that parts arrays."""
    cells = dict(first)
    for column, name in columns.items():
        value = row.get(column)
        if isinstance(value, (list, tuple)):
            cells[name] = "|".join(str(v).replace("|", "/") for v in value)
        else:
            cells[name] = value.replace("\n", " ") if isinstance(value, str) else value
    return cells


def _result_edges(rows: Rows) -> Iterator[Row]:
    """Yield what joins a result to its paper and to the things that it is about."""
    for m in rows.graph.measurements():
        yield {"id": f"{m.id}/paper", "source": paper_node(m.paper), "target": m.id, "type": "reports"}
        for name in _ENDS:
            node = getattr(m, name)
            if node in rows.names:
                yield {"id": f"{m.id}/{name}", "source": m.id, "target": node, "type": name}


# KGX: the Biolink exchange format, tab-separated

_BIOLINK = {
    "Paper": "biolink:Article",
    "Author": "biolink:Agent",
    "Venue": "biolink:Publication",
    "Dataset": "biolink:Dataset",
    "Hardware": "biolink:Device",
}
_KGX_NODES = ("id", "category", "name", "synonym", "xref", "iri", "description", "provided_by")
_KGX_EDGES = (
    "id", "subject", "predicate", "object", "original_predicate", "category", "primary_knowledge_source",
    "knowledge_level", "agent_type", "publications", "supporting_text", "confidence", "support",
)  # fmt: skip


def write_kgx(graph: KnowledgeGraph, path: str | Path) -> None:
    """Write a folder with KGX tables, nodes.tsv and edges.tsv, for tools of the Biolink world.

    Biolink has no terms for machine learning: categories and predicates are its general ones, with ours
    beside them (`original_predicate`, a second category).
    """
    rows = Rows(graph)
    with tables(path) as out:
        out.write("nodes.tsv", _KGX_NODES, ({
            "id": f"kg:{n['id']}",
            "category": f"{_BIOLINK.get(n['type'], 'biolink:InformationContentEntity')}|kg:{n['type']}",
            "name": n["label"],
            "synonym": "|".join(n.get("aliases", ())),
            "xref": "|".join(x.replace("=", ":", 1) for x in n["ids"]),
            "iri": n["iri"],
            "description": n.get("abstract"),
            "provided_by": "infores:kg-papers",
        } for n in rows.nodes()))  # fmt: skip
        out.write("edges.tsv", _KGX_EDGES, ({
            "id": f"kg:{e['id']}",
            "subject": f"kg:{e['source']}",
            "predicate": "biolink:subclass_of" if e["type"] == "broader" else "biolink:related_to",
            "object": f"kg:{e['target']}",
            "original_predicate": f"kg:{e['type']}",
            "category": "biolink:Association",
            "primary_knowledge_source": "infores:kg-papers",
            "knowledge_level": "not_provided" if e["quote"] else "knowledge_assertion",
            "agent_type": "text_mining_agent" if e["quote"] else "manual_agent",
            "publications": "|".join(f"kg:{paper_node(p)}" for p in e["papers"]),
            "supporting_text": e["quote"],
            "confidence": e["confidence"],
            "support": e["support"],
        } for e in rows.edges()))  # fmt: skip


# ORKG: the CSV that the import of orkg.org takes, one contribution a paper

#: Column of the table <- role, types of the things in it. ORKG takes several columns of one name.
_ORKG = (
    ("contribution:research_problem", "addresses", ("Task",)),
    ("resource:Method", "introduces", ("Method", "Architecture")),
    ("resource:Dataset", "evaluates_on", ("Dataset",)),
    ("resource:Metric", "measures", ("Metric",)),
    ("resource:Hardware", "targets", ("Hardware",)),
)


def write_orkg(graph: KnowledgeGraph, path: str | Path) -> None:
    """Write the CSV that ORKG's "Import CSV" takes: one row a paper with what it adds.

    Several values of one property stand in several columns of one name. The research field is ORKG's
    widest one (R11, Science): choose yours when importing.
    """
    rows = Rows(graph)
    meta = ("title", "authors", "publication_month", "publication_year", "published_in", "url", "doi")
    wide = dict.fromkeys((column for column, *_ in _ORKG), 1) | {"Result": 1}
    for paper in graph.papers():
        for column, values in _contribution(rows, paper).items():
            wide[column] = max(wide[column], len(values))
    with replacing(path) as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(out, lineterminator="\n")
        headers = [f"paper:{name}" for name in meta] + ["paper:research_field"]
        writer.writerow(headers + [column for column, n in wide.items() for _ in range(n)])
        for paper in graph.papers():
            start = day(paper.date) or ""
            month = start[5:7].lstrip("0") if len(paper.date or "") >= 7 else ""
            url = paper.url or (f"https://arxiv.org/abs/{paper.ids['arxiv']}" if "arxiv" in paper.ids else "")
            cells = [paper.title, "; ".join(paper.authors), month, start[:4], paper.venue or "", url]
            cells += [paper.ids.get("doi", ""), "orkg:R11"]
            found = _contribution(rows, paper)
            for column, n in wide.items():
                cells += [*found[column], *[""] * (n - len(found[column]))]
            writer.writerow([clean(cell) for cell in cells])
        out.detach()


def _contribution(rows: Rows, paper: Paper) -> dict[str, list[str]]:
    edges = [e for e in rows.graph.edges(source=paper_node(paper.id)) if e.target in rows.names]
    found = {
        column: [rows.names[e.target] for e in edges if e.type == role and rows.types[e.target] in types]
        for column, role, types in _ORKG
    }
    return found | {"Result": [rows.measured(m) for m in rows.graph.measurements(paper=paper.id)]}


# Findings


def write_findings(graph: KnowledgeGraph, path: str | Path) -> None:
    """Write findings, one paper a line, each entity with the `iri` of its node and the `broader` iris.

    What is less certain than the view allows is left out, and so are names that a correction rejected.
    """
    broader = {e.id: e.broader for e in graph.entities()}
    named = set() if not broader else {node for _, nodes in graph.resolved() for node in nodes.values()}
    with replacing(path) as out:
        for findings, nodes in graph.resolved():
            record = _kept(findings, nodes, graph.min_confidence)
            for entity in record["entities"]:
                node = nodes[entity["name"], entity["type"]]
                entity["iri"] = graph.iri(node)
                entity["broader"] = [graph.iri(b) for b in _wider(node, broader, named)]
            out.write((json.dumps(record, ensure_ascii=False) + "\n").encode())


def _wider(node: str, broader: Mapping[str, tuple[str, ...]], named: set[str]) -> list[str]:
    """Give the wider things of a node; behind one that no paper names come those wider still.

    Without these, a reader of the lines could not follow the chain from one named thing to the next.
    """
    found: list[str] = []
    todo = list(broader.get(node, ()))
    while todo:
        wider = todo.pop(0)
        if wider not in found and wider != node:
            found.append(wider)
            if wider not in named:
                todo += broader.get(wider, ())
    return found


def _kept(findings: Findings, nodes: Mapping[tuple[str, str], str], least: float) -> dict[str, Any]:
    """Give findings as JSON without what has no node or is too uncertain, and without what names it."""
    record = findings_to_json(findings)
    record["entities"] = [e for e in record["entities"] if e["confidence"] >= least and (e["name"], e["type"]) in nodes]
    names = {e["name"] for e in record["entities"]}
    record["relations"] = [
        r for r in record["relations"] if r["confidence"] >= least and r["head"] in names and r["tail"] in names
    ]
    record["results"] = [
        {k: None if k in _ENDS and k != "metric" and v not in names else v for k, v in r.items()}
        for r in record["results"]
        if r["confidence"] >= least
    ]
    return record
