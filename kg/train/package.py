"""Write a trained network as a model folder that runs without torch: ONNX encoder, heads, vocabulary, settings.

The encoder's matrices are stored as 8-bit integers with one scale per output column, its word table with one
scale per piece; ONNX Runtime quantises what flows through it, text by text. The graph is built by hand: it is
short, and each operator is the fused one that the runtime is fast at.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kg.extract.decode import Settings
from kg.extract.features import Floats
from kg.extract.quiet import ANYWHERE, Quiet
from kg.train.encoder import Encoder
from kg.train.fit import MAIN, weights_of
from kg.train.network import Network

Array = npt.NDArray[Any]

#: Version of the model folder's layout.
FORMAT = 2


class _Graph:
    """Collects the nodes and constants of an ONNX graph."""

    def __init__(self, *, integers: bool) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.integers = integers
        self._n = 0

    def constant(self, name: str, value: Array) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, *inputs: str, domain: str = "", out: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        self._n += 1
        out = out or f"{op}_{self._n}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], domain=domain, name=f"n{self._n}", **attributes))
        return out

    def linear(self, name: str, x: str, weight: Floats, bias: Floats, *, out: str | None = None) -> str:
        """Multiply by a matrix [out, in] and add a bias."""
        if not self.integers:
            y = self.node("MatMul", x, self.constant(f"{name}.w", weight.T.astype(np.float32)))
            return self.node("Add", y, self.constant(f"{name}.b", bias), out=out)
        whole, scale = quantised(weight)
        return self.node(
            "DynamicQuantizeMatMul",
            x,
            self.constant(f"{name}.w", whole.T),
            self.constant(f"{name}.s", scale),
            self.constant(f"{name}.z", np.zeros(len(scale), np.int8)),
            self.constant(f"{name}.b", bias),
            domain="com.microsoft",
            out=out,
        )

    def split(self, x: str, sizes: str, n: int) -> list[str]:
        """Cut the last axis into n parts."""
        from onnx import helper

        self._n += 1
        parts = [f"Split_{self._n}_{k}" for k in range(n)]
        self.nodes.append(helper.make_node("Split", [x, sizes], parts, name=f"n{self._n}", axis=-1))
        return parts

    def norm(self, name: str, x: str, weight: Floats, bias: Floats) -> str:
        return self.node(
            "LayerNormalization", x, self.constant(f"{name}.w", weight), self.constant(f"{name}.b", bias), epsilon=1e-12
        )


def quantised(weight: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Round rows to 8-bit integers; give them and each row's scale.

    >>> q, s = quantised(np.array([[1.0, -0.5]], np.float32)); q.tolist(), round(float(s[0] * 127), 3)
    ([[127, -64]], 1.0)
    """
    top = np.abs(weight).max(1)
    scale = (np.where(top > 0, top, 1) / 127).astype(np.float32)
    return np.clip(np.round(weight / scale[:, None]), -127, 127).astype(np.int8), scale


def encoder_graph(encoder: Encoder, parts: Sequence[Floats] = (), *, integers: bool = True) -> bytes:
    """Build the encoder as an ONNX file for one text at a time.

    Inputs `pieces`, `shapes`, `sections` [1, length] and `firsts` [words]; outputs `words` [words, width] and
    `whole` [1, width]. With `parts` (matrices [hidden, width] of the span head) a third output, `parts`
    [words, hidden of all], has every word multiplied by each of them: faster here than in numpy.
    """
    from onnx import TensorProto, helper

    w: dict[str, Floats] = {k: v.detach().float().numpy() for k, v in encoder.state_dict().items()}
    width = encoder.shape.width
    g = _Graph(integers=integers)
    if integers:
        whole, scale = quantised(w["word.weight"])
        x = g.node("Cast", g.node("Gather", g.constant("word", whole), "pieces"), to=TensorProto.FLOAT)
        x = g.node("Mul", x, g.node("Gather", g.constant("word.s", scale[:, None]), "pieces"))
    else:
        x = g.node("Gather", g.constant("word", w["word.weight"]), "pieces")
    length = g.node("Shape", "pieces", start=1, end=2)
    zero = g.constant("zero", np.array([0]))
    place = g.node("Slice", g.constant("position", w["position.weight"]), zero, length, zero)
    x = g.node("Add", x, place)
    x = g.node("Add", x, g.node("Gather", g.constant("case", w["case.weight"]), "shapes"))
    x = g.node("Add", x, g.node("Gather", g.constant("section", w["section.weight"]), "sections"))
    x = g.norm("norm", x, w["norm.weight"], w["norm.bias"])
    kept = g.node("Concat", zero, "firsts", axis=0)
    sizes = sorted({layer.heads * layer.size for layer in encoder.layers})
    thirds = {size: g.constant(f"thirds.{size}", np.array([size] * 3)) for size in sizes}
    # The tanh form of GELU is off by less than the integers are.
    gelu = "FastGelu" if integers else "Gelu"
    for n, layer in enumerate(encoder.layers):
        p = f"layers.{n}."
        if n and n == encoder.shape.wordwise:
            x = g.node("Gather", x, kept, axis=1)
        qkv = g.linear(f"{p}qkv", x, w[f"{p}qkv.weight"], w[f"{p}qkv.bias"])
        a = g.node(
            "MultiHeadAttention",
            *g.split(qkv, thirds[layer.heads * layer.size], 3),
            domain="com.microsoft",
            num_heads=layer.heads,
        )
        a = g.linear(f"{p}out", a, w[f"{p}out.weight"], w[f"{p}out.bias"])
        x = g.norm(f"{p}norm1", g.node("Add", x, a), w[f"{p}norm1.weight"], w[f"{p}norm1.bias"])
        y = g.linear(f"{p}up", x, w[f"{p}up.weight"], w[f"{p}up.bias"])
        y = g.node(gelu, y, domain="com.microsoft")
        y = g.linear(f"{p}down", y, w[f"{p}down.weight"], w[f"{p}down.bias"])
        x = g.norm(f"{p}norm2", g.node("Add", x, y), w[f"{p}norm2.weight"], w[f"{p}norm2.bias"])
    if not encoder.shape.wordwise:
        x = g.node("Gather", x, kept, axis=1)
    x = g.node("Squeeze", x, zero)
    one, end = g.constant("one", np.array([1])), g.constant("end", np.array([2**31]))
    words = g.node("Slice", x, one, end, zero, out="words")
    g.node("Slice", x, zero, one, zero, out="whole")
    outputs = {"words": ["words", width], "whole": [1, width]}
    if parts:
        joined = np.concatenate(parts)
        g.linear("parts", words, joined, np.zeros(len(joined), np.float32), out="parts")
        outputs["parts"] = ["words", len(joined)]
    long = TensorProto.INT64
    graph = helper.make_graph(
        g.nodes,
        "encoder",
        [helper.make_tensor_value_info(n, long, [1, "length"]) for n in ("pieces", "shapes", "sections")]
        + [helper.make_tensor_value_info("firsts", long, ["words"])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs.items()],
        g.constants,
    )
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)], ir_version=8
    )
    made.producer_name = "kg"
    helper.set_model_props(made, {"wordwise": str(encoder.shape.wordwise)})
    return bytes(made.SerializeToString())


def save(
    network: Network,
    tokenizer: Path,
    settings: Settings,
    folder: Path,
    *,
    name: str,
    notes: Mapping[str, Any],
    quiet: Quiet = ANYWHERE,
    integers: bool = True,
) -> None:
    """Write the model folder; `notes` (recipe, seed, hashes of data, scores) are kept in `model.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    heads = network.heads[MAIN]
    weights = {k: w.astype(np.float16) for k, w in sorted(weights_of(heads).items())}
    parts = [weights[f"span.{part}.weight"].astype(np.float32) for part in ("first", "last", "mean")]
    (folder / "encoder.onnx").write_bytes(encoder_graph(network.encoder, parts, integers=integers))
    from safetensors.numpy import save_file

    save_file(weights, str(folder / "heads.safetensors"))
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for written in ("heads.safetensors", "tokenizer.json"):  # written or copied with rights of their own
        (folder / written).chmod(0o644)
    known: Any = heads.labels
    files = ("encoder.onnx", "heads.safetensors", "tokenizer.json")
    record = {
        "format": FORMAT,
        "name": name,
        "types": known.types,
        "roles": known.roles,
        "relations": known.relations,
        "results": known.results,
        "positions": network.encoder.shape.positions,
        "settings": settings.to_json(),
        "quiet": quiet.to_json(),
        "files": {f: hashlib.sha256((folder / f).read_bytes()).hexdigest() for f in files},
        "made": dict(notes),
    }
    (folder / "model.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_network(folder: Path) -> Network:
    """Read a model folder back, encoder and heads, to train on from there."""
    import torch
    from safetensors.numpy import load_file

    from kg.errors import ModelError
    from kg.train.examples import Labels

    try:
        record = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        types, roles, relations = (tuple(record[n]) for n in ("types", "roles", "relations"))
        names = Labels(types, roles, relations, bool(record["results"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError("not a model that kg wrote", where=folder) from error
    network = Network(load_encoder(folder / "encoder.onnx"), {MAIN: names})
    state = {k: torch.tensor(v.astype(np.float32)) for k, v in load_file(str(folder / "heads.safetensors")).items()}
    missing, unexpected = network.heads[MAIN].load_state_dict(state, strict=False)
    if unexpected or set(missing) - {"span.hint.weight"}:  # not written where there were no hints
        raise ModelError(f"the heads do not fit: {[*missing, *unexpected]}", where=folder)
    return network


def load_encoder(path: Path) -> Encoder:
    """Read the encoder back from a model folder's `encoder.onnx`, to train on from there."""
    import onnx
    import torch
    from onnx import numpy_helper

    from kg.errors import ModelError
    from kg.train.encoder import Shape

    model = onnx.load(str(path))
    graph = model.graph
    values = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    heads = [a.i for n in graph.node for a in n.attribute if a.name == "num_heads"]
    layers = 1 + max((int(n.split(".")[1]) for n in values if n.startswith("layers.")), default=-1)
    if not layers or len(heads) != layers or "word" not in values:
        raise ModelError("not an encoder that kg wrote", where=path)

    def matrix(name: str) -> Array:
        w = values[f"{name}.w"].T
        return w.astype(np.float32) * values[f"{name}.s"][:, None] if f"{name}.s" in values else w

    word = values["word"].astype(np.float32) * values.get("word.s", np.float32(1))
    state: dict[str, Array] = {
        "word.weight": word,
        **{f"{n}.weight": values[n] for n in ("position", "case", "section")},
        "norm.weight": values["norm.w"],
        "norm.bias": values["norm.b"],
    }
    for n in range(layers):
        p = f"layers.{n}."
        if f"{p}qkv.w" not in values:  # models of kg 0.1 kept the three apart
            for kind in "wbs":
                if f"{p}q.{kind}" in values:
                    axis = 1 if kind == "w" else 0
                    values[f"{p}qkv.{kind}"] = np.concatenate([values[f"{p}{x}.{kind}"] for x in "qkv"], axis)
        for x in ("qkv", "out", "up", "down"):
            state[f"{p}{x}.weight"], state[f"{p}{x}.bias"] = matrix(f"{p}{x}"), values[f"{p}{x}.b"]
        for x in ("norm1", "norm2"):
            state[f"{p}{x}.weight"], state[f"{p}{x}.bias"] = values[f"{p}{x}.w"], values[f"{p}{x}.b"]
    width = word.shape[1]
    full = width // (len(state["layers.0.out.weight"][0]) // heads[0])
    shape = Shape(
        vocabulary=len(word),
        width=width,
        layers=layers,
        heads=full,
        inner=len(state["layers.0.up.bias"]),
        positions=len(state["position.weight"]),
        wordwise=int(next((p.value for p in model.metadata_props if p.key == "wordwise"), 0)),
        kept=tuple(heads) if set(heads) != {full} else (),
    )
    encoder = Encoder(shape)
    encoder.load_state_dict({k: torch.tensor(v) for k, v in state.items()})
    return encoder
