"""One thing, one node: names that come together, names that stay apart, and what the user says about it."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from makers import SHARED, make_findings, needs_shared

from kg.corrections import parse_corrections, read_corrections
from kg.errors import CorrectionError, MissingFile
from kg.resolve import Resolution, SqliteRows, resolve, update
from kg.resolve.rows import MemoryRows
from kg.types import Entity, Findings, digest


def paper(title: str, *entities: str, text: str = "", relations: tuple[str, ...] = ()) -> Findings:
    """A paper whose abstract holds the forms of its entities."""
    forms = [
        f for line in entities for f in (line.split(" ", 2)[2].partition(" = ")[2] or line.split(" ", 2)[2]).split(", ")
    ]
    return make_findings(title, text or ". ".join(forms) + ".", entities, relations)


def one(type: str, form: str) -> Findings:
    return paper(f"On {form} as {digest(type, form)}", f"{type} uses {form}")


def node(found: Resolution, title: str, name: str, type: str) -> str:
    return found.node_of[title.casefold().replace(" ", "-"), name, type]


def entity(found: Resolution, node_id: str) -> Entity:
    return next(e for e in found.entities if e.id == node_id)


def together(type: str, a: str, b: str, other: str = "") -> bool:
    """Whether two papers that each use one form mean one node."""
    found = resolve([paper("One", f"{type} uses {a}"), paper("Two", f"{other or type} uses {b}")])
    return node(found, "One", a, type) == node(found, "Two", b, other or type)


SAME = [
    ("Architecture", "Vision Transformer", "ViTs"),
    ("Architecture", "hierarchical ViTs", "hierarchical vision Transformers"),
    ("Architecture", "attention mechanisms", "attention"),
    ("Architecture", "residual networks", "ResNet"),
    ("Architecture", "GPT2", "GPT 2.0"),
    ("Architecture", "Zorgnet-V2", "ZorgNet v2"),
    ("Architecture", "window-based self-attention", "window self-attention"),
    ("Architecture", "Large Language Models (LLMs)", "LLM"),
    ("Method", "Semi--supervised Learning", "semi-supervised learning"),
    ("Method", "B\\'ezier curves", "Bézier curve"),
    ("Method", "foo normalisation scheme", "foo normalization"),
    ("Method", "ZorgTune algorithm", "ZorgTune"),
    ("Task", "language modelling", "Language Modeling"),
    ("Task", "medical imaging segmentation", "Medical image segmentation"),
    ("Task", "few-shot NER", "few-shot named entity recognition"),
    ("Dataset", "ImageNet1K", "ILSVRC 2012"),
    ("Dataset", "MS COCO", "COCO dataset"),
    ("Dataset", "ZorgBench dataset", "Zorg-Bench"),
    ("Metric", "memory usage", "memory footprint"),
    ("Metric", "computing costs", "computational cost"),
    ("Metric", "loss of foo", "foo loss"),
    ("Hardware", "NVIDIA A100 GPUs", "A100"),
    ("Hardware", "RTX4090", "GeForce RTX 4090 GPU"),
    ("Hardware", "Xilinx Alveo U280 FPGA", "U280"),
    ("Hardware", "FPGA-based accelerators", "FPGA accelerators"),
    ("Hardware", "NVIDIA Zorg-900", "Zorg-900 GPU"),
    ("Hardware", "Processing-In-Memory", "PIM"),
]

DIFFERENT = [
    ("Architecture", "BERT", "BART"),
    ("Architecture", "GPT-2", "GPT-3"),
    ("Architecture", "ResNet-50", "ResNet-101"),
    ("Architecture", "LLaMA-2-7B", "LLaMA 27B"),
    ("Architecture", "self-attention", "cross-attention"),
    ("Architecture", "Swin Transformer", "Switch Transformer"),
    ("Architecture", "softmax", "softmax layer"),
    ("Architecture", "CoCa", "CoCA"),
    ("Architecture", "Sparse Transformer", "sparse transformers"),
    ("Architecture", "feed-forward layer", "MLP"),
    ("Dataset", "COCO", "COCO-O"),
    ("Dataset", "ImageNet", "ImageNet-21K"),
    ("Dataset", "WHAM!", "WHAMR!"),
    ("Hardware", "A100", "H100"),
    ("Hardware", "HBM2", "HBM2E"),
    ("Hardware", "Processing-in-Memory", "Compute-in-Memory"),
    ("Metric", "FLOPs", "FLOPS"),
    ("Metric", "inference latency", "inference speed"),
    ("Method", "FlashAttention", "FlashAttention-2"),
    ("Method", "zorg pruning", "zorg tuning"),
]


@pytest.mark.parametrize(("type", "a", "b"), SAME)
def test_written_differently_it_is_the_same(type: str, a: str, b: str) -> None:
    assert together(type, a, b)


@pytest.mark.parametrize(("type", "a", "b"), DIFFERENT)
def test_written_alike_it_is_not_the_same(type: str, a: str, b: str) -> None:
    assert not together(type, a, b)


def test_types_that_papers_confuse_come_together_and_others_do_not() -> None:
    assert together("Method", "GELU", "GELU", "Architecture")
    assert together("Method", "zorg masking", "zorg masking", "Task")
    assert not together("Dataset", "OPT", "OPT", "Architecture")
    assert not together("Metric", "MAC", "MAC", "Method")


def test_a_paper_defines_its_acronym_and_others_follow() -> None:
    found = resolve(
        [
            paper("One", "Method introduces zorg = Zonal Oriented Regular Grids, ZORG"),
            paper("Two", "Method uses ZORG"),
            paper("Three", "Method uses zonal oriented regular grid"),
        ]
    )
    nodes = {
        node(found, t, n, "Method")
        for t, n in (("One", "zorg"), ("Two", "ZORG"), ("Three", "zonal oriented regular grid"))
    }
    assert len(nodes) == 1


def test_an_acronym_with_two_meanings_is_left_alone() -> None:
    found = resolve(
        [
            paper("One", "Method introduces zg = zonal grids, ZG"),
            paper("Two", "Method introduces zg = zero gravity, ZG"),
            paper("Three", "Method uses ZG"),
        ]
    )
    assert len({node(found, t, n, "Method") for t, n in (("One", "zg"), ("Two", "zg"), ("Three", "ZG"))}) == 3


def test_what_a_paper_spells_out_goes_before_the_lexicon() -> None:
    found = resolve(
        [
            paper("One", "Architecture introduces dt = Distribution Transformer, DiT"),
            paper("Two", "Architecture uses DiT"),
        ]
    )
    assert node(found, "One", "dt", "Architecture") == "architecture/distribution-transformer"
    assert node(found, "Two", "DiT", "Architecture") == "architecture/diffusion-transformer"


def test_two_papers_that_introduce_one_name_keep_two_nodes() -> None:
    found = resolve(
        [paper("One", "Architecture introduces Pathzorger"), paper("Two", "Architecture introduces Pathzorger")]
    )
    nodes = {node(found, t, "Pathzorger", "Architecture") for t in ("One", "Two")}
    assert len(nodes) == 2
    assert {entity(found, n).scope for n in nodes} == {"one", "two"}
    single = resolve([paper("One", "Architecture introduces Pathzorger"), paper("Two", "Architecture uses Pathzorger")])
    assert len(set(single.node_of.values())) == 1


def test_a_generic_word_is_no_bridge() -> None:
    found = resolve(
        [
            paper("One", "Task addresses a = polyp segmentation, segmentation"),
            paper("Two", "Task addresses b = lane segmentation, segmentation"),
        ]
    )
    assert node(found, "One", "a", "Task") != node(found, "Two", "b", "Task")


def test_the_second_half_of_a_pair_is_completed() -> None:
    found = resolve(
        [paper("One", "Dataset evaluates_on CIFAR-10", "Dataset evaluates_on 100", text="On CIFAR-10/100 it is best.")]
    )
    assert node(found, "One", "100", "Dataset") == "dataset/cifar-100"


def test_everything_has_its_place() -> None:
    found = resolve(
        [
            paper("One", "Hardware targets Alveo U280", "Architecture uses zorged vision transformer"),
            paper(
                "Two",
                "Architecture introduces ZorgFormer",
                "Architecture uses ViT",
                relations=("ZorgFormer > variant_of > ViT",),
            ),
        ]
    )
    by_id = {e.id: e for e in found.entities}

    def above(node: str) -> set[str]:
        return {w for b in by_id[node].broader for w in (b, *above(b))}

    assert "hardware/fpga" in above("hardware/alveo-u280")
    assert "architecture/vision-transformer" in above("architecture/zorged-vision-transformer")
    assert "architecture/vision-transformer" in above("architecture/zorgformer")
    assert found.learned == {("architecture/zorgformer", "architecture/vision-transformer"): ("two",)}
    assert all(b in by_id for e in found.entities for b in e.broader)


def test_reasons_are_kept() -> None:
    found = resolve(
        [one("Hardware", "NVIDIA A100 GPUs"), one("Architecture", "ViTs"), one("Architecture", "vision transformer")]
    )
    why = {m.form: m.reason for m in found.merges}
    assert why["ViTs"] == "lexicon alias"
    assert why["vision transformer"] == "case"
    assert why["NVIDIA A100 GPUs"] in ("trailing class noun", "vendor prefix")


def corpus() -> list[Findings]:
    return [
        *(one(t, f) for t, a, b in SAME + DIFFERENT for f in (a, b)),
        paper("D1", "Method introduces zorg = Zonal Oriented Regular Grids, ZORG"),
        paper("D2", "Method uses ZORG"),
        paper("D3", "Method uses ZORG", "Task addresses zorg masking"),
        paper("D4", "Method introduces zorg masking"),
        paper("H1", "Architecture introduces Pathzorger"),
        paper("H2", "Architecture introduces Pathzorger"),
        paper(
            "H3", "Architecture uses Pathzorger", "Architecture uses ViT", relations=("Pathzorger > variant_of > ViT",)
        ),
    ]


def test_the_order_of_papers_does_not_matter() -> None:
    papers = corpus()
    first = resolve(papers)
    for seed in range(3):
        random.Random(seed).shuffle(papers)
        assert resolve(papers) == first


@pytest.mark.parametrize(
    "make", [MemoryRows, lambda: SqliteRows(sqlite3.connect(":memory:"))], ids=["memory", "sqlite"]
)
def test_papers_that_come_and_go_leave_what_a_build_from_scratch_gives(make) -> None:  # type: ignore[no-untyped-def]
    papers = corpus()
    whole = update(make(), papers)
    rows = make()
    groups: dict = {}  # type: ignore[type-arg]
    some = [papers[i : i + 7] for i in range(0, len(papers), 7)]
    random.Random(1).shuffle(some)
    extra = paper("Passing", "Method introduces zg = zero oriented regular gravity, ZORG")
    for change in (update(rows, [extra]), *(update(rows, part) for part in some), update(rows, [], [extra.paper.id])):
        groups |= change.groups
        for gone in change.gone:
            groups.pop(gone, None)
    assert groups == whole.groups


def test_an_update_touches_only_what_it_must() -> None:
    rows = MemoryRows()
    update(rows, corpus())
    change = update(rows, [paper("New", "Method uses ZORG")])
    assert [i.key for i in change.groups] == ["zonalorientedregulargrid"]


def corrected(yaml: str, *papers: Findings) -> Resolution:
    return resolve(papers, corrections=parse_corrections(yaml))


def test_merge() -> None:
    papers = (one("Method", "Zorg tuning"), one("Method", "Frob tuning"))
    found = corrected("- merge: [Zorg tuning, Frob tuning]\n  type: Method", *papers)
    assert len(set(found.node_of.values())) == 1
    assert found.entities[0].name == "Zorg tuning"
    assert not found.unused_corrections


def test_split_undoes_a_merge() -> None:
    papers = (one("Metric", "memory usage"), one("Metric", "memory footprint"))
    assert len(set(corrected("[]", *papers).node_of.values())) == 1
    assert len(set(corrected("- split: memory usage", *papers).node_of.values())) == 2


def test_split_by_paper() -> None:
    papers = (paper("One", "Architecture uses HATZ"), paper("Two", "Architecture uses HATZ"))
    found = corrected("- split: HATZ\n  papers: [two]", *papers)
    assert node(found, "One", "HATZ", "Architecture") != node(found, "Two", "HATZ", "Architecture")


def test_rename_and_retype() -> None:
    found = corrected(
        "- rename: zorgnet\n  to: ZorgNet\n- retype: frobnet\n  to: Method",
        one("Architecture", "zorgnet"),
        one("Architecture", "frobnet"),
    )
    assert {(e.type, e.name) for e in found.entities} == {("Architecture", "ZorgNet"), ("Method", "frobnet")}
    assert not found.unused_corrections


def test_reject() -> None:
    found = corrected("- reject: performance\n  type: Metric", one("Metric", "performance"), one("Metric", "accuracy"))
    assert set(found.node_of.values()) == {"metric/accuracy"}


def test_add() -> None:
    yaml = (
        "- add: ZorgNet\n  type: Architecture\n  aliases: [Zorg Network]\n  broader: [CNN]\n"
        "  ids: {arxiv: '2101.00001'}"
    )
    found = corrected(yaml, one("Architecture", "zorg networks"))
    assert entity(found, "architecture/zorgnet").broader == ("architecture/cnn",)
    assert entity(found, "architecture/zorgnet").ids == {"arxiv": "2101.00001"}


def test_what_meets_nothing_is_reported() -> None:
    found = corrected(
        "- merge: [Nothing, Nowhere]\n- reject: nobody\n- rename: none\n  to: None", one("Metric", "accuracy")
    )
    assert [u.split(": ")[1] for u in found.unused_corrections] == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("merge: [A, B]", "file.yaml:1: corrections are a list"),
        ("- merge: [A]", "file.yaml:1: merge needs two names"),
        ("- reject: A\n- foo: B", "file.yaml:2: a correction says one of"),
        ("- rename: A", "file.yaml:1: rename needs to"),
        ("- retype: A\n  to: Gadget", "file.yaml:1: unknown type 'Gadget'"),
        ("- reject: A\n  typ: Task", "file.yaml:1: reject does not know typ"),
        ("- reject: [", "file.yaml:1: not YAML"),
    ],
)
def test_a_wrong_correction_says_where(yaml: str, said: str) -> None:
    with pytest.raises(CorrectionError) as error:
        parse_corrections(yaml, where="file.yaml")
    assert str(error.value).startswith(said)


def test_a_missing_corrections_file() -> None:
    with pytest.raises(MissingFile):
        read_corrections(Path("nowhere") / "corrections.yaml")


@needs_shared("gold/resolution_dev.jsonl", "tools/resolution.py")
def test_gold_pairs(tmp_path: Path) -> None:
    import json
    import subprocess
    import sys
    from dataclasses import replace

    from kg.findings import findings_from_json

    papers = []
    for file in ("seeds", "hardware", "ml"):
        for line in (SHARED / "gold" / f"{file}_dev.jsonl").read_text("utf-8").splitlines():
            f = findings_from_json(json.loads(line))
            links = tuple(replace(x, name=x.mentions[0].text) for x in f.links)
            papers.append(replace(f, links=links, relations=(), results=()))
    found = resolve(papers)
    parents = {e.id: e.broader for e in found.entities}
    out = tmp_path / "findings.jsonl"
    with out.open("w", encoding="utf-8") as lines:
        for f in papers:
            entities = []
            for x in f.links:
                iri = found.node_of[f.paper.id, x.name, x.type]
                forms = [{"text": m.text} for m in x.mentions]
                entities.append({"name": x.name, "mentions": forms, "iri": iri, "broader": parents[iri]})
            lines.write(json.dumps({"id": f.paper.id, "entities": entities}) + "\n")
    gold = SHARED / "gold"
    run = [sys.executable, SHARED / "tools" / "resolution.py", out, "--json"]
    run += ["--pairs", gold / "resolution_dev.jsonl", "--clusters", gold / "clusters_dev.jsonl"]
    report = json.loads(subprocess.run(run, capture_output=True, check=True, text=True).stdout)
    assert report["pairs"]["accuracy"] >= 0.95
    assert min(report["pairs"]["same"], report["pairs"]["different"]) >= 0.92
    assert report["bcubed"]["f1"] >= 0.97
    assert report["broader"]["found"] >= 0.85
    assert report["broader"]["right"] >= 0.97
