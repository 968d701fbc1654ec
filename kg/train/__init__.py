"""Train the extractor's model from annotations: `kg train GOLD... -o MODEL`.

The order of the stages: read annotations, take some out to tune on, fit, choose thresholds, fit again on all,
write the model folder. Needs the extra `kg[train]`; the model that it writes runs without.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import BrokenRecord, ModelError

if TYPE_CHECKING:
    from kg.train.encoder import Encoder
    from kg.train.examples import Example, Labels
    from kg.train.fit import Recipe
    from kg.train.network import Network

log = logging.getLogger(__name__)

#: Fewest texts that are worth several processes.
WORTH_A_TEAM = 200
#: Name of the plain pretrained encoder, as a place to start from.
MINILM = "minilm"


def needs_torch() -> None:
    """Raise ModelError, with what to install, where torch is absent."""
    if find_spec("torch") is None:
        raise ModelError("training needs torch", hint='pip install "kg-papers[train]"')


def train(
    gold: Sequence[str | Path],
    out: str | Path,
    *,
    recipe: Recipe | None = None,
    more: Sequence[str | Path] = (),
    texts: Sequence[str | Path] = (),
    helpers: Mapping[str, Sequence[str | Path]] | None = None,
    start: str | Path | None = None,
    go_on: bool = False,
    layers: int | None = None,
    heads: int | None = None,
    inner: int | None = None,
    wordwise: int | None = None,
    teacher: str | Path | None = None,
    hints: bool = True,
    tune_on: Sequence[str | Path] = (),
    held_out: float = 0.1,
    refit: bool = True,
    threads: int = 2,
    name: str | None = None,
) -> dict[str, Any]:
    """Train a model on annotated files and write it to a folder; give the record that is kept in it.

    `gold` files hold papers in the gold format or plain spans, of any label set; heads that have no data are left
    out. `more` are further annotations of the same labels, only ever trained on. `texts` are plain papers: those of
    annotations that come without their text (`kg.train.standoff`), and what a `teacher` (a model folder of the same
    labels) reads for the new model to learn from before it sees annotations. `helpers` are other annotated files, by
    name, that train the encoder only. `start` is a model folder, an encoder that `adapt` saved, or "minilm"; by
    default the encoder of the shipped model. With `go_on` what that model has learned on top of it goes on too, which
    needs the same labels. Of the encoder `layers` are kept, and of their attention heads the `heads` that are worth
    most to the gold, of the inner units of every layer the `inner` that are, and from layer `wordwise` on only the
    first piece of every word goes on (0: all pieces). With `hints` the model also looks at the names that the rules
    know, whatever its own labels are. A share `held_out` of the gold (chosen by the hash of its words) sets
    thresholds and confidences, with the annotations in `tune_on`; then, unless `refit` is false, the model is trained
    again on all. Where others annotated the most, `Recipe.finish` passes over the gold alone make the model list what
    the gold lists; then only they are made again on all.
    BrokenRecord says which annotation does not fit, ModelError what is missing.
    """
    needs_torch()
    import torch

    from kg.extract.pieces import Cutter
    from kg.extract.quiet import quiet
    from kg.train.encoder import minilm_folder, narrowed, pruned, shortened
    from kg.train.examples import example, hinted, labels, read_lines
    from kg.train.fit import Recipe, averaged, fit, heads_of, read
    from kg.train.package import save
    from kg.train.prune import head_worth, unit_worth
    from kg.train.standoff import attach_all
    from kg.train.tune import tune

    torch.set_num_threads(threads)
    recipe = recipe or Recipe()
    if (heads is not None or inner is not None) and not go_on:
        raise ModelError("what parts of an encoder are worth shows only in a trained model", hint="add --go-on")
    paths, others_, plain = [Path(p) for p in gold], [Path(p) for p in more], [Path(p) for p in texts]
    examples = [example(r) for r in attach_all(read_lines(paths), plain)]
    if not any(e.things for e in examples):
        raise BrokenRecord("no annotations to learn from", where=paths[0] if paths else None)
    known = {e.text for e in examples}
    further = [e for e in map(example, attach_all(read_lines(others_), plain)) if e.text not in known]
    guests = list(map(example, attach_all(read_lines(map(Path, tune_on)), plain)))
    others = {n: [example(r) for r in read_lines(map(Path, ps))] for n, ps in (helpers or {}).items()}
    if hints:
        examples, further, guests = hinted(examples), hinted(further), hinted(guests)
        others = {n: hinted(es) for n, es in others.items()}
    tokenizer = minilm_folder() / "tokenizer.json"
    cutter = Cutter.load(tokenizer)
    away = held(examples, held_out)
    kept = [e for e, out_ in zip(examples, away, strict=True) if not out_]
    taken = [e for e, out_ in zip(examples, away, strict=True) if out_]
    log.info("%d texts to train on, %d to tune on", len(kept) + len(further), len(taken) + len(guests))
    names = labels([*examples, *further])
    soft = _taught(teacher, plain, {e.text for e in taken}) if teacher else []
    # Small sets are not worth a second process, which takes seconds to start.
    processes = max(1, threads) if len(kept) + len(further) + len(soft) >= WORTH_A_TEAM else 1

    def fitted(own: Sequence[Example]) -> Network:
        begun = _begun(start, names) if go_on else None
        encoder = shortened(begun.encoder if begun else _encoder(start), layers)
        if wordwise is not None:
            encoder.shape = replace(encoder.shape, wordwise=wordwise)
        if heads is not None and begun is not None:
            encoder = pruned(encoder, head_worth(begun, own, cutter, recipe), heads)
            log.info("attention heads kept by layer: %s", encoder.shape.kept)
        if inner is not None and begun is not None:
            encoder = narrowed(encoder, unit_worth(begun, own, cutter, recipe), inner)
        if soft:
            begun = fit(encoder, cutter, soft, recipe.first(), main=names, processes=processes)
        shown = [*own, *further]
        return fit(encoder, cutter, shown, recipe, helpers=others, main=names, begun=begun, processes=processes)

    def finished(made: Network, own: Sequence[Example]) -> Network:
        """Pass over the gold several times, each from the same weights, and average what comes back."""
        passes = [
            fit(deepcopy(made.encoder), cutter, own, recipe.final(n), main=names, begun=made, processes=processes)
            for n in range(recipe.finish)
        ]
        return averaged(passes)

    in_the_end = bool(recipe.finish and further)
    first = fitted(kept)
    network = finished(first, kept) if in_the_end else first
    silent = quiet((e.forms, [s for t in e.things for s in t.mentions]) for e in [*kept, *further])
    settings = tune(
        heads_of(network, quiet=silent),
        list(zip(taken, read(network, cutter, taken), strict=True)),
        list(zip(guests, read(network, cutter, guests), strict=True)),
    )
    if refit and taken:
        network = finished(first, examples) if in_the_end else fitted(examples)
    notes = {
        "recipe": recipe.to_json(),
        "held_out": held_out,
        "refit": refit,
        "start": _hash_start(start),
        "go_on": go_on,
        "layers": network.encoder.shape.layers,
        "heads": list(network.encoder.shape.kept),
        "inner": network.encoder.shape.inner,
        "hints": hints,
        "wordwise": network.encoder.shape.wordwise,
        "processes": processes,
        "data": {p.name: hash_file(p) for p in paths},
        "more": {p.name: hash_file(p) for p in others_},
        "tune_on": {Path(p).name: hash_file(Path(p)) for p in tune_on},
        "texts": {p.name: hash_file(p) for p in plain},
        "teacher": _hash_start(teacher) if teacher else None,
        "helpers": {n: {Path(p).name: hash_file(Path(p)) for p in ps} for n, ps in (helpers or {}).items()},
        "annotated": len(kept) + len(further) + (len(taken) if refit else 0),
        "torch": str(torch.__version__),
    }
    folder = Path(out)
    save(network, tokenizer, settings, folder, name=name or folder.name, notes=notes, quiet=silent)
    return notes


def _taught(teacher: str | Path, texts: Sequence[Path], held: set[str]) -> list[Example]:
    """Let the teacher read all texts but those that are held out."""
    from kg.extract.model import Model
    from kg.read.jsonl import read_jsonl
    from kg.train.teach import taught
    from kg.types import Findings, Paper

    found = [f.paper if isinstance(f, Findings) else f for path in texts for f in read_jsonl(path)]
    papers = [p for p in found if isinstance(p, Paper) and p.text not in held]
    if not papers:
        raise ModelError("a teacher needs texts to read", hint="name them with --texts")
    return list(taught(Model(Path(teacher)), papers))


def held(examples: Sequence[Example], share: float) -> list[bool]:
    """Choose the texts to tune on: those whose hash is smallest, the same in every run.

    At least ten where there are fifty; none where there are fewer than twenty.
    """
    if len(examples) < 20 or share <= 0:
        return [False] * len(examples)
    order = sorted(range(len(examples)), key=lambda n: hashlib.sha256(examples[n].text.encode()).hexdigest())
    some = set(order[: max(round(share * len(examples)), min(10, len(examples) // 5))])
    return [n in some for n in range(len(examples))]


def hash_file(path: Path) -> str:
    """Give the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash_start(start: str | Path | None) -> str:
    """Name the encoder that training began from: by hash, or as the plain pretrained one."""
    from kg.extract.model import SHIPPED

    path = Path(start or SHIPPED)
    if str(start) == MINILM or (start is None and not (path / "encoder.onnx").is_file()):
        return "all-MiniLM-L6-v2"
    return hash_file(path / "encoder.onnx" if path.is_dir() else path)


def _encoder(start: str | Path | None) -> Encoder:
    """Load the encoder to begin from: a model folder's, one that `adapt` saved, the shipped one, or MiniLM."""
    import torch

    from kg.extract.model import SHIPPED
    from kg.train.encoder import Encoder, Shape, load_minilm
    from kg.train.package import load_encoder

    if str(start) == MINILM or (start is None and not (SHIPPED / "encoder.onnx").is_file()):
        return load_minilm()
    path = Path(start or SHIPPED)
    if (path / "encoder.onnx").is_file():
        return load_encoder(path / "encoder.onnx")
    if not path.is_file():
        raise ModelError("no such encoder", where=path, hint="`kg train --adapt` writes one")
    state = torch.load(path, map_location="cpu", weights_only=True)
    layers = 1 + max(int(k.split(".")[1]) for k in state if k.startswith("layers."))
    encoder = Encoder(Shape(layers=layers))
    encoder.load_state_dict(state)
    return encoder


def _begun(start: str | Path | None, names: Labels) -> Network:
    """Load the model to go on from; ModelError where its labels are others."""
    from kg.extract.model import SHIPPED
    from kg.train.fit import MAIN
    from kg.train.package import load_network

    folder = Path(start or SHIPPED)
    network = load_network(folder)
    has: Labels = network.heads[MAIN].labels  # type: ignore[assignment]
    if has != names:
        raise ModelError(f"its labels are not those of the gold: {has.types}, not {names.types}", where=folder)
    return network


def adapt_files(
    texts: Sequence[str | Path], out: str | Path, *, epochs: int = 1, seed: int = 0, threads: int = 2
) -> None:
    """Adapt the pretrained encoder to plain texts (JSON lines with "title" and "abstract", or "text")."""
    import json

    import torch

    from kg.errors import MissingFile
    from kg.train.adapt import adapt

    torch.set_num_threads(threads)
    pairs: dict[tuple[str, str], None] = {}
    for path in map(Path, texts):
        if not path.is_file():
            raise MissingFile("no such file", where=path)
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    record = json.loads(line)
                    pairs[record.get("title") or "", record.get("abstract") or record.get("text") or ""] = None
    adapt(list(pairs), epochs=epochs, seed=seed, save=Path(out))
