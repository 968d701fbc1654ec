"""Find things that have no name yet by the noun they end in: "windowed cross-attention", "4-bit weight quantization".

`HEADS` maps a head noun to a type; the words before it that may belong to the name are taken along, up to a
function word, a verb or a general adjective.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kg.extract.group import singular
from kg.extract.names import Candidate, Folded
from kg.extract.scan import places
from kg.extract.words import GENERIC, NO_PREFIX, NOT_DATASET, STOP

#: Head nouns (singular) of each type. "+" behind a noun: only with a modifier before it.
_HEADS = {
    "Architecture": "transformer attention self-attention cross-attention cnn lstm rnn gru gan mlp vit convolution "
    "encoder-decoder autoencoder u-net unet resnet bert gpt mamba llm vlm mllm llama conformer perceptron "
    "discriminator vae ssm gnn gcn dnn snn moe convnet network+ model+ encoder+ decoder+ block+ module+ "
    "layer+ pooling+ adapter+ generator+ head+",
    "Method": "quantization pruning distillation fine-tuning finetuning pre-training pretraining augmentation "
    "regularization tokenization binarization sparsification meta-learning parallelism+ learning+ loss+ "
    "decoding+ tuning+ prompting+ descent+ encoding+ embedding+ sampling+ fusion+ decomposition+ "
    "factorization+ initialization+ strategy+ algorithm+ normalization+ optimizer+ co-design+ mechanism+",
    "Task": "classification segmentation re-identification super-resolution summarization captioning denoising "
    "deblurring inpainting deraining dehazing reasoning compression interpretability forecasting parsing "
    "detection+ recognition+ translation+ restoration+ generation+ prediction+ estimation+ "
    "reconstruction+ answering+ retrieval+ tracking+ understanding+ synthesis+ completion+ modeling+ "
    "modelling+ enhancement+ driving+ extraction+ manipulation+ localization+ matching+ separation+ "
    "planning+ recommendation+ navigation+ editing+ labeling+ diagnosis+ perception+ stylization+ "
    "verification+ grounding+ inference+ generalization+",
    "Metric": "accuracy latency throughput speedup speed-up perplexity flop miou bleu fid psnr ssim robustness "
    "scalability efficiency+ complexity+ consumption+ footprint+ cost+ overhead+ rate+ error+ score+ "
    "speed+ usage+ bandwidth+ quality+ precision+ recall+ gflop tflop fps auc f1 wer cer edp utilization+ "
    "ap+",
    "Hardware": "fpga gpu cpu tpu npu asic dram sram reram rram hbm memristor microcontroller mcu pim smartphone "
    "accelerator+",
}
HEADS: dict[str, tuple[str, bool]] = {
    word.rstrip("+"): (kind, word.endswith("+")) for kind, words in _HEADS.items() for word in words.split()
}

_LAST = frozenset(head.rsplit("-", 1)[-1] for head in HEADS)

_PUNCTUATION = re.compile(r"[^\w-]|\d+(?:\.\d+)?%?\Z")
_MAX_WORDS = {"Architecture": 4, "Method": 4, "Task": 4, "Metric": 3, "Hardware": 4}
#: Names made of a coined word: "Linformer", "MobileViT", "DeepLabNet", "TinyBERT".
_COINED = re.compile(
    r"(?<![\w-])(?:[A-Z0-9][\w-]*|[a-z]{1,3}[A-Z]\w*)(?:[Ff]ormer|Net|NET|BERT|GPT|ViT|Mamba|LLaMA|LSTM|CNN|GAN|"
    r"LLM|VAE|MLP|RNN|GNN)"
    r"(?:V\d|v\d|-[A-Z0-9]\w{0,3}|\d{0,3}|\+{1,2}|s)?(?![\w-])(?<!ImageNet-1K)(?<!ImageNet)(?<!ImageNet-21K)"
)
_COINED_ENDS = (
    "ormer", "Net", "NET", "BERT", "GPT", "ViT", "Mamba", "LLaMA", "LSTM", "CNN", "GAN", "LLM", "VAE", "MLP", "RNN",
    "GNN",
)  # fmt: skip
_BLANK = re.compile(r"\s")
#: Capitalised names before "dataset", "benchmark" and the like, in lists too: "MNIST, FooBar-1K and QuxSet datasets".
_NAME = r"[A-Z0-9][\w+.'-]*(?:[ -](?:[A-Z0-9][\w+.'-]*|of|the|v\d))*?"
_DATASETS = re.compile(
    rf"(?P<names>{_NAME}(?:(?:, (?:and )?| and |/)(?:the )?{_NAME})*) (?:image |video |text |public |challenge |"
    rf"test |validation )?"
    r"(?:data\s?sets?|benchmarks?|corpus|corpora)\b"
)
_DATASET_NOUNS = ("data", "benchmark", "corpus", "corpora")
_DATASET_SPLIT = re.compile(r", and (?:the )?|, (?:the )?| and (?:the )?|/(?=[A-Z])")


def _hyphenated(tokens: Sequence[tuple[int, str]], i: int) -> int:
    """Give the index of the first token of the hyphenated word that token `i` ends."""
    while i >= 2 and tokens[i - 1][1] == "-" and tokens[i][0] == tokens[i - 1][0] + 1:
        if tokens[i - 2][0] + len(tokens[i - 2][1]) != tokens[i - 1][0]:
            break
        i -= 2
    return i


def noun_phrases(text: str, tokens: Sequence[tuple[int, str]], folded: Sequence[Folded]) -> Iterator[Candidate]:
    """Yield the phrases that end in a noun of `HEADS`, with their modifiers."""
    for i in [i for i, f in enumerate(folded) if f[1] in _LAST]:
        offset, word = tokens[i]
        first = _hyphenated(tokens, i)
        end = offset + len(word)
        if i + 1 < len(tokens) and tokens[i + 1][1] == "-" and tokens[i + 1][0] == end:
            continue  # "transformer-based"
        whole = text[tokens[first][0] : end]
        head = HEADS.get(singular(whole.casefold()))
        if head is None and first < i:
            head = HEADS.get(singular(word.casefold()))
            if head is None or head[0] in ("Metric", "Hardware") or tokens[first][1].casefold() in NO_PREFIX:
                continue
        if head is None:
            continue
        kind, needs = head
        start, count, j = tokens[first][0], 1, first
        while j > 0 and count < _MAX_WORDS[kind]:
            end_before = tokens[j - 1][0] + len(tokens[j - 1][1])
            if tokens[j][0] != end_before + 1 or text[end_before] != " ":
                break
            k = _hyphenated(tokens, j - 1)
            before = text[tokens[k][0] : end_before]
            low = before.casefold()
            if low in STOP or low.endswith("ly") or (not before.isalpha() and _PUNCTUATION.search(before)):
                break
            if low.endswith("-based") and kind not in ("Architecture", "Method"):
                break
            start, count, j = tokens[k][0], count + 1, k
        if (needs and count == 1 and first == i) or singular(text[start:end]).casefold() in GENERIC:
            continue
        yield Candidate(start, end, kind, "noun", 6)


def coined(text: str) -> Iterator[Candidate]:
    """Yield names coined on a well-known ending, such as "FooFormer" and "BarNet-50"."""
    done = 0
    for at in places(text, _COINED_ENDS):
        if at < done:
            continue
        # No such name holds a blank: only the stretch between two blanks is looked at.
        start = max(done, text.rfind(" ", done, at) + 1, text.rfind("\n", done, at) + 1)
        gap = _BLANK.search(text, at)
        done = gap.start() if gap else len(text)
        for m in _COINED.finditer(text, start, done):
            yield Candidate(m.start(), m.end(), "Architecture", "coined", 4)


def datasets(text: str) -> Iterator[Candidate]:
    """Yield capitalised names in front of "dataset", "benchmark" and "corpus"."""
    nouns = places(text, _DATASET_NOUNS)
    for m in _DATASETS.finditer(text, 0, nouns[-1] + 16) if nouns else ():
        at = m.start("names")
        for part in _DATASET_SPLIT.split(m["names"]):
            start = text.find(part, at)
            at = start + len(part)
            if part.split(" ")[0] in NOT_DATASET or not any(c.isupper() for c in part):
                continue
            yield Candidate(start, start + len(part), "Dataset", "dataset", 3)
