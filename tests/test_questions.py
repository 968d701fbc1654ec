"""Named questions with their right answers on a shelf of known papers, plain words, search and leaderboards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from shelf import SHELF

import kg
from kg.cli import cli
from kg.errors import QueryError, SchemaError, UnknownName
from kg.graph import KnowledgeGraph
from kg.query.ask import candidates, understand
from kg.query.leaderboard import leaderboard
from kg.query.questions import ask, bind, parse_question, question, questions, resolve_value
from kg.query.search import search
from kg.query.sparql import with_prefixes

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterable[KnowledgeGraph]:
    folder = tmp_path_factory.mktemp("shelf")
    path = folder / "shelf.jsonl"
    path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in SHELF), encoding="utf-8")
    with kg.build([path], folder / "shelf.kg") as graph:
        yield graph


#: A question, its parameters, the columns that matter and the right rows, in order.
ANSWERS = [
    ("about", "thing=LoRA", "from relation to", [
        "LoRA | appliedTo | fine-tuning", "LoRA: Low-Rank Adaptation of Large Language Models | introduces | LoRA",
        "LoRA | broader | parameter-efficient fine-tuning"]),
    ("co-occurring", "thing=FlashAttention", "method papers", ["GPT-2 | 1", "self-attention | 1"]),
    ("compares", "thing=ResNet other=ViT", "title how", [
        "An Image is Worth 16x16 Words | Vision Transformer outperforms", "An Image is Worth 16x16 Words | compares",
        "Old Networks, New Recipes | ResNet outperforms", "Old Networks, New Recipes | compares"]),
    ("components", "thing=DeiT", "component how", ["knowledge distillation | uses"]),
    ("contested", "", "about first second", [
        "ResNet or Vision Transformer | ResNet is better | Vision Transformer is better",
        "accuracy of Vision Transformer on ImageNet | 88.55 % | 81.8 %"]),
    ("contested", "difference=0.5", "about", ["ResNet or Vision Transformer"]),
    ("datasets-for-task", "task=image_classification", "dataset papers", ["ImageNet | 3"]),
    ("datasets-per-year", "year=2020", "published dataset papers", ["2020 | ImageNet | 2"]),
    ("energy", "", "method value unit device", [
        "BankFormer | 4.1 | x | Processing-in-Memory", "PatchFlow | 41 | GOPS/W | Alveo U280"]),
    ("energy", "hardware=FPGA", "method value unit", ["PatchFlow | 41 | GOPS/W"]),
    ("evaluated-on", "dataset=ImageNet", "method", ["DeiT", "ResNet", "Swin Transformer", "Vision Transformer"]),
    ("experts", "thing=FPGA", "name papers", ["Ada Example | 1", "Song Han | 1"]),
    ("family", "thing=ViT", "name papers", ["DeiT | 2", "Swin Transformer | 1"]),
    ("hardware-for", "thing=ViT", "device method", ["Alveo U280 | Vision Transformer", "TPU v3 | Vision Transformer"]),
    ("hardware-without-results", "", "name", ["HBM2", "NVIDIA P100", "NVIDIA V100", "TPU", "TPU v3"]),
    ("introduced", "paper=2010.11929", "name type", ["Vision Transformer | Architecture"]),
    ("introduced-by", "thing=LoRA", "title year authors", [
        "LoRA: Low-Rank Adaptation of Large Language Models | 2021 | Edward Hu"]),
    ("lineage", "thing=DeiT", "name descends_from", ["DeiT | Vision Transformer", "Vision Transformer | Transformer"]),
    ("measured", "metric=latency", "value unit method device", ["1.7 | ms | PatchFlow | Alveo U280"]),
    ("measured", "metric=latency hardware=GPU", "value", []),
    ("metrics-for-task", "task=image_classification", "metric papers", [
        "accuracy | 3", "energy efficiency | 1", "latency | 1"]),
    ("most-named", "type=datasets", "name papers", [
        "ImageNet | 4", "COCO | 1", "GLUE | 1", "SQuAD | 1", "WMT 2014 | 1", "WikiText-2 | 1"]),
    ("outperformed-by", "thing=LSTM", "better title", ["Transformer | Attention Is All You Need"]),
    ("outperforms", "thing=Swin_Transformer", "worse", ["DeiT"]),
    ("papers-about", "thing=quantization", "role named", [
        "introduces | SmoothQuant", "uses | post-training quantization"]),
    ("papers-by", "author=Song_Han", "year where", ["2023 | FCCM", "2022 | ICML"]),
    ("papers-for-task", "task=classification", "year title", [
        "2023 | PatchFlow: Streaming Vision Transformers on FPGAs", "2022 | Old Networks, New Recipes",
        "2020 | An Image is Worth 16x16 Words", "2020 | Training data-efficient image transformers"]),
    ("papers-of-year", "year=2023", "title introduces", [
        "BankFormer: BERT in Memory | BankFormer", "PatchFlow: Streaming Vision Transformers on FPGAs | PatchFlow"]),
    ("papers-on", "hardware=GPUs", "year device", [
        "2022 | NVIDIA A100", "2022 | NVIDIA A100", "2020 | NVIDIA V100", "2017 | NVIDIA P100"]),
    ("related-papers", "paper=2010.11929", "title shared", [
        "Old Networks, New Recipes | 4", "Training data-efficient image transformers | 3",
        "PatchFlow: Streaming Vision Transformers on FPGAs | 2",
        "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows | 1"]),
    ("results-of", "thing=PatchFlow", "metric value unit over", [
        "energy efficiency | 41 | GOPS/W | None", "latency | 1.7 | ms | None", "speedup | 2.5 | x | NVIDIA V100"]),
    ("results-of-paper", "paper=BankFormer:_BERT_in_Memory", "metric value unit over device", [
        "energy | 4.1 | x | GPU | Processing-in-Memory", "speedup | 5 | x | GPU | Processing-in-Memory"]),
    ("runs-on", "hardware=FPGA", "method device", ["PatchFlow | Alveo U280", "Vision Transformer | Alveo U280"]),
    ("runs-on", "hardware=GPU", "method device", ["FlashAttention | NVIDIA A100", "SmoothQuant | NVIDIA A100",
                                                   "Transformer | NVIDIA P100"]),
    ("solves", "task=classification", "method", ["DeiT", "PatchFlow", "Vision Transformer", "Vision Transformer"]),
    ("speedups", "", "method value device over", [
        "BankFormer | 5 | Processing-in-Memory | GPU", "FlashAttention | 3 | NVIDIA A100 | PyTorch",
        "PatchFlow | 2.5 | Alveo U280 | NVIDIA V100", "SmoothQuant | 1.56 | NVIDIA A100 | None"]),
    ("speedups", "baseline=GPU", "method value", ["BankFormer | 5", "PatchFlow | 2.5"]),
    ("speedups", "hardware=FPGA baseline=GPU", "method value", ["PatchFlow | 2.5"]),
    ("state-of-the-art", "dataset=ImageNet", "measure value method", [
        "accuracy | 88.55 | Vision Transformer", "accuracy | 87.3 | Swin Transformer", "accuracy | 83.1 | DeiT",
        "accuracy | 81.8 | Vision Transformer"]),
    ("state-of-the-art", "dataset=COCO task=object_detection metric=AP", "value method", []),
    ("state-of-the-art", "dataset=COCO task=object_detection", "measure value", ["AP | 58.7"]),
    ("trend", "thing=Transformer", "year papers", [
        "2017 | 1", "2018 | 1", "2020 | 2", "2021 | 2", "2022 | 2", "2023 | 2"]),
    ("untried", "task=image_classification hardware=FPGA", "method", ["DeiT"]),
    ("unverified", "confidence=0.6", "subject predicate object certainty", ["GPT-2 | uses | FlashAttention | 0.4"]),
    ("used-by", "thing=self-attention", "name", [
        "FlashAttention: Fast and Memory-Efficient Exact Attention", "Swin Transformer",
        "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"]),
    ("well-supported", "", "subject predicate object support", [
        "Vision Transformer | appliedTo | image classification | 2"]),
    ("why", "thing=PatchFlow other=Alveo_U280", "relation words", [
        "runsOn | PatchFlow runs the Vision Transformer on an Alveo U280 FPGA."]),
]  # fmt: skip


def given(text: str) -> dict[str, str]:
    return {k: v.replace("_", " ") for k, v in (pair.split("=") for pair in text.split())}


@pytest.mark.parametrize(("name", "values", "columns", "rows"), ANSWERS, ids=[f"{a[0]} {a[1]}" for a in ANSWERS])
def test_right_answers(shelf: KnowledgeGraph, name: str, values: str, columns: str, rows: list[str]) -> None:
    if name == "state-of-the-art" and "metric=AP" in values:
        with pytest.raises(UnknownName):  # AP is no entity of the shelf, only the words of a result
            ask(shelf, name, given(values))
        return
    found = [" | ".join(str(row[c]) for c in columns.split()) for row in ask(shelf, name, given(values))]
    if name in ("family", "lineage"):  # the lexicon adds what it knows
        assert [r for r in found if r in rows] == rows
    else:
        assert found == rows


def test_every_question_has_a_right_answer_above() -> None:
    assert len(questions()) >= 25
    assert {a[0] for a in ANSWERS} == set(questions())


@pytest.mark.parametrize("name", list(questions()))
def test_a_question_file_is_whole(name: str) -> None:
    q = question(name)
    assert q.title.endswith("?")
    assert q.help
    assert len(q.phrases) >= 5
    slots = {s for phrase in q.phrases for s in phrase.split("{")[1:]}
    assert {s.partition("}")[0] for s in slots} <= {p.name for p in q.parameters}
    assert q.sparql.count("ORDER BY") == 1, "an answer has an order"


def test_what_ran_can_be_run_again(shelf: KnowledgeGraph) -> None:
    text = bind(shelf, question("runs-on"), {"hardware": "FPGAs"})
    assert "VALUES ?hardware { hardware:fpga }" in text
    bare = ox.Store()
    assert list(bare.query(text)) == []  # every prefix is declared
    assert shelf.query(text).rows == ask(shelf, "runs-on", {"hardware": "FPGA"}).rows


@pytest.mark.parametrize(
    ("name", "values", "error", "what"),
    [
        ("run-on", {}, UnknownName, "did you mean runs-on"),
        ("runs-on", {}, QueryError, "needs --hardware"),
        ("runs-on", {"hardwar": "x"}, QueryError, "it takes --hardware"),
        ("runs-on", {"hardware": "FPGAA"}, UnknownName, "FPGA"),
        ("runs-on", {"hardware": "ImageNet"}, UnknownName, "hardware"),
        ("contested", {"difference": "much"}, QueryError, "must be a number"),
        ("papers-of-year", {"year": "2020.5"}, QueryError, "whole number"),
        ("most-named", {"type": "teapots"}, UnknownName, "Architecture"),
        ("hardware-without-results", {"x": "1"}, QueryError, "no parameters"),
    ],
)
def test_wrong_parameters_name_the_right_ones(
    shelf: KnowledgeGraph, name: str, values: dict[str, str], error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        ask(shelf, name, values)


@pytest.mark.parametrize(
    "value", ['FPGA" } ?s ?p ?o { "', "hardware/fpga> } #", "FPGA\n} SELECT * {", "<http://x> UNION", "}"]
)
def test_a_value_never_becomes_part_of_the_query(shelf: KnowledgeGraph, value: str) -> None:
    with pytest.raises(UnknownName):
        bind(shelf, question("runs-on"), {"hardware": value})
    with pytest.raises(QueryError):
        resolve_value(shelf, question("contested").parameters[0], value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("SELECT * { ?s ?p ?o }", "begins with"),
        ("# a: b", "begins with"),
        ("# a: b\n# @x Teapot help\nASK { VALUES ?x { 1 } }", "not a parameter"),
        ("# a: b\n# @x Hardware help\nASK {}", "no VALUES"),
    ],
)
def test_a_broken_question_file(text: str, what: str) -> None:
    with pytest.raises(SchemaError, match=what):
        parse_question(text)


# Plain words


def phrasings(name: str) -> list[tuple[str, str, dict[str, str]]]:
    lines = (HERE / f"phrasings_{name}.tsv").read_text("utf-8").splitlines()
    cut = (line.split("\t") for line in lines)
    return [(text, q, dict(v.split("=", 1) for v in values.split(";") if v)) for text, q, values in cut]


@pytest.mark.parametrize(("name", "share"), [("dev", 0.97), ("held_out", 0.9)])
def test_plain_words_find_their_question(shelf: KnowledgeGraph, name: str, share: float) -> None:
    wrong = []
    listed = phrasings(name)
    for text, wanted, values in listed:
        try:
            meant = understand(shelf, text)
        except (QueryError, UnknownName) as error:
            wrong.append((text, str(error)))
            continue
        q = question(wanted)
        got = {n: resolve_value(shelf, question(meant.question).parameter(n), v) for n, v in meant.values.items()}
        if meant.question != wanted or got != {n: resolve_value(shelf, q.parameter(n), v) for n, v in values.items()}:
            wrong.append((text, str(meant)))
    assert len(listed) >= {"dev": 120, "held_out": 60}[name]
    assert 1 - len(wrong) / len(listed) >= share, wrong


def test_it_says_what_it_understood(shelf: KnowledgeGraph) -> None:
    meant = understand(shelf, "which methods run on FPGAs?")
    assert str(meant) == "runs-on --hardware FPGAs  (What runs on a kind of hardware?)"


def test_unclear_words_get_the_nearest_questions(shelf: KnowledgeGraph) -> None:
    with pytest.raises(QueryError, match="not clear"):
        understand(shelf, "why is the sky so very blue today")
    with pytest.raises(UnknownName, match="Virtex 9"):
        understand(shelf, "which methods run on Virtex 9?")
    assert candidates(shelf, "papers") is not None


# Search


def test_search_finds_names_aliases_and_words(shelf: KnowledgeGraph) -> None:
    assert next(search(shelf, "low rank")).id == "method/lora"
    assert next(search(shelf, "ViT")).id == "architecture/vision-transformer"
    (hit,) = search(shelf, '"trained by knowledge distillation"', type="paper")
    assert "\x02trained" in hit.snippet
    assert hit.name == "Training data-efficient image transformers"
    assert {h.type for h in search(shelf, "transformer", type="Hardware")} <= {"Hardware"}


def test_search_operators_and_odd_text(shelf: KnowledgeGraph) -> None:
    assert {h.id for h in search(shelf, "quantiz* -SmoothQuant", type="Method")} >= {"method/quantization"}
    assert "method/smoothquant" not in {h.id for h in search(shelf, "quantiz* -SmoothQuant")}
    assert "hardware/fpga" in {h.id for h in search(shelf, "FPGA zebra")}  # where nothing has both, one will do
    for text in ('"', "a AND OR NOT", "NEAR(x y)", "name:FPGA", "*", "(((", "x' OR 1=1 --"):
        try:
            list(search(shelf, text))
        except QueryError as error:
            assert "nothing to search for" in str(error)  # noqa: PT017 - most of them are fine


def test_search_is_renewed_after_a_build(tmp_path: Path, write_lines: object) -> None:
    with kg.build([write_lines(SHELF[0], name="a.jsonl")], tmp_path / "g.kg") as graph:  # type: ignore[operator]
        assert not list(search(graph, "BERT"))
    with kg.build([write_lines(SHELF[1], name="b.jsonl")], tmp_path / "g.kg") as graph:  # type: ignore[operator]
        assert list(search(graph, "BERT"))
    (tmp_path / "g.kg" / "search.sqlite").write_bytes(b"broken")
    with kg.load(tmp_path / "g.kg") as graph:
        assert list(search(graph, "BERT"))


# Leaderboards


def test_leaderboard_ranks_what_is_comparable(shelf: KnowledgeGraph) -> None:
    (board,) = leaderboard(shelf, dataset="ImageNet", metric="accuracy")
    assert [(r.rank, r.value, r.subject) for r in board.rows] == [
        (1, "88.55%", "Vision Transformer"), (2, "87.3%", "Swin Transformer"), (3, "83.1%", "DeiT"),
        (4, "81.8%", "Vision Transformer"),
    ]  # fmt: skip
    assert board.direction == "higher"
    assert not board.reason
    assert all(r.words for r in board.rows)


def test_leaderboard_sets_the_others_apart_with_a_reason(shelf: KnowledgeGraph) -> None:
    first, *others = leaderboard(shelf, task="image classification")
    assert first.dataset == "ImageNet"
    assert {g.kind for g in others} == {"absolute", "gain"}
    assert all(g.reason for g in others)
    by_metric = {g.metric: g for g in others}
    assert by_metric["latency"].direction == "lower"
    assert "another measure than accuracy" in by_metric["latency"].reason
    assert "the dataset is not said" in by_metric["latency"].reason
    assert "gains over different baselines" in by_metric["speedup"].reason


def test_leaderboard_takes_kinds_of_hardware(shelf: KnowledgeGraph) -> None:
    assert {r.subject for g in leaderboard(shelf, hardware="FPGA") for r in g.rows} == {"PatchFlow"}
    with pytest.raises(UnknownName, match="latency"):
        leaderboard(shelf, metric="latenc")


# The commands


def kg_run(graph: KnowledgeGraph, *args: str) -> Result:
    return CliRunner().invoke(cli, [args[0], str(graph.path), *args[1:]])


def test_ask_command(shelf: KnowledgeGraph) -> None:
    listed = CliRunner().invoke(cli, ["ask"])
    assert all(name in listed.stdout for name in questions())
    named = kg_run(shelf, "ask", "runs-on", "--hardware", "FPGA", "-f", "csv")
    plain = kg_run(shelf, "ask", "which methods run on FPGAs?", "-f", "csv")
    assert named.stdout == plain.stdout
    assert "PatchFlow,Alveo U280" in plain.stdout
    assert "understood: runs-on --hardware FPGAs" in plain.stderr
    assert kg_run(shelf, "ask", "runs-on", "--hardware=FPGA", "--sparql").stdout.startswith("PREFIX")
    assert "--hardware HARDWARE" in kg_run(shelf, "ask", "runs-on", "--help-question").stdout
    assert "did you mean runs-on" in kg_run(shelf, "ask", "run-on").stderr


def test_search_and_leaderboard_commands(shelf: KnowledgeGraph) -> None:
    assert "method/lora" in kg_run(shelf, "search", "low rank").stdout
    assert json.loads(kg_run(shelf, "search", "low rank", "--json").stdout)[0]["id"] == "method/lora"
    board = kg_run(shelf, "leaderboard", "--dataset", "ImageNet").stdout
    assert "1.       88.55%  Vision Transformer" in board
    assert "it reaches 88.55% accuracy on ImageNet" in board
    assert kg_run(shelf, "leaderboard").exit_code == 2


def test_the_store_may_be_left_out(shelf: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert shelf.path is not None
    monkeypatch.chdir(shelf.path.parent)
    assert "PatchFlow" in CliRunner().invoke(cli, ["ask", "runs-on", "--hardware", "FPGA"]).stdout
    monkeypatch.chdir(tmp_path)
    missing = CliRunner().invoke(cli, ["ask", "runs-on", "--hardware", "FPGA"])
    assert missing.exit_code == 1
    assert "kg build" in missing.stderr
    monkeypatch.setenv("KG_STORE", str(shelf.path))
    assert CliRunner().invoke(cli, ["search", "LoRA"]).exit_code == 0


@pytest.mark.parametrize("name", list(questions()))
def test_every_prefix_of_a_question_is_declared(name: str) -> None:
    ox.Store().query(with_prefixes(question(name).sparql))
