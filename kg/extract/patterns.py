"""Find things that have no name yet by the noun they end in: "windowed cross-attention", "4-bit weight quantization".

`HEADS` maps a head noun to a type; the words before it that may belong to the name are taken along, up to a
function word, a verb or a general adjective.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kg.extract.group import singular
from kg.extract.names import GENERIC, Candidate, Folded

#: Head nouns (singular) of each type. "+" behind a noun: only with a modifier before it.
_HEADS = {
    "Architecture": "transformer attention self-attention cross-attention cnn lstm rnn gru gan mlp vit convolution encoder-decoder autoencoder "
    "u-net unet resnet bert gpt mamba llm vlm mllm llama conformer perceptron discriminator vae ssm gnn gcn dnn snn moe convnet "
    "network+ model+ encoder+ decoder+ block+ module+ layer+ pooling+ adapter+ generator+ head+",
    "Method": "quantization pruning distillation fine-tuning finetuning pre-training pretraining augmentation regularization "
    "tokenization binarization sparsification meta-learning parallelism+ learning+ loss+ decoding+ tuning+ prompting+ descent+ "
    "encoding+ embedding+ sampling+ fusion+ decomposition+ factorization+ initialization+ strategy+ algorithm+ "
    "normalization+ optimizer+ co-design+ mechanism+",
    "Task": "classification segmentation re-identification super-resolution summarization captioning denoising deblurring inpainting deraining "
    "dehazing reasoning compression interpretability forecasting parsing detection+ recognition+ translation+ "
    "restoration+ generation+ prediction+ estimation+ reconstruction+ answering+ retrieval+ tracking+ understanding+ "
    "synthesis+ completion+ modeling+ modelling+ enhancement+ driving+ extraction+ manipulation+ localization+ matching+ separation+ "
    "planning+ recommendation+ navigation+ editing+ labeling+ diagnosis+ perception+ stylization+ verification+ grounding+ inference+ "
    "generalization+",
    "Metric": "accuracy latency throughput speedup speed-up perplexity flop miou bleu fid psnr ssim robustness scalability efficiency+ complexity+ "
    "consumption+ footprint+ cost+ overhead+ rate+ error+ score+ speed+ usage+ bandwidth+ quality+ precision+ recall+ "
    "gflop tflop fps auc f1 wer cer edp utilization+ ap+",
    "Hardware": "fpga gpu cpu tpu npu asic dram sram reram rram hbm memristor microcontroller mcu pim smartphone accelerator+",
}
HEADS: dict[str, tuple[str, bool]] = {
    word.rstrip("+"): (kind, word.endswith("+")) for kind, words in _HEADS.items() for word in words.split()
}

#: First parts of hyphenated words that qualify and do not name: "high-accuracy", "non-autoregressive".
_NO_PREFIX = frozenset("high low real run on off in near mixed ultra non next state large small long short cost time end per full half".split())
_LAST = frozenset(head.rsplit("-", 1)[-1] for head in HEADS)

#: Words that end a name to the left: function words, verbs, general adjectives and quantifiers.
STOP = frozenset(
    """a an the this that these those its their our his her it they we you which who whose what where when while whereas and or but nor
    not no of in on at by for from to into onto over under with without within via through than as per between among across
    during after before since until against towards toward upon about above below behind beyond along around is are was were be been
    being am has have had do does did can could may might will would shall should must also both each every either neither any
    all some several many much most more less few fewer other another such same own very too so then thus hence only just even still
    yet however moreover furthermore recently existing previous prior recent current proposed novel new first second third one two three four five six seven eight
    different various diverse multiple single numerous certain specific particular popular common typical traditional conventional
    standard state-of-the-art sota modern simple effective efficient powerful robust strong better best good great high higher highest low
    lower lowest fast faster fastest slow slower large larger largest huge massive small smaller smallest big little full entire whole
    significant significantly substantial considerable remarkable promising superior competitive comparable improved improving
    improve improves reduce reduces reduced reducing achieve achieves achieved achieving propose proposes introduce introduces introduced
    introducing present presents presented presenting use uses used using utilize utilizes utilizing leverage leverages leveraging employ employs employing
    apply applies applied applying develop develops developed developing design designs designed designing build builds building train trains trained
    enable enables enabling allow allows allowing provide provides providing make makes making take takes taking given based show
    shows shown demonstrate demonstrates demonstrated outperform outperforms outperforming surpass surpasses combine combines combining combined
    called named dubbed termed including include includes like e.g i.e eg ie etc vs versus due despite towards exploit exploits
    exploiting explore explores exploring study studies studying investigate investigates address addresses addressing solve solves solving
    perform performs performed performing require requires required requiring support supports supporting increase increases increasing
    accelerate accelerates accelerating adopt adopts adopting incorporate incorporates incorporating integrate integrates integrating
    compared comparing consider considering contain contains containing consist consists become becomes get gets extensive extensively
    complex challenging difficult important key main critical essential fundamental major available possible potential original
    additional extra further well widely highly fully extremely particularly especially directly effectively efficiently successfully
    unlike following respectively overall total average final resulting corresponding underlying inherent underlying limited
    real-world practical useful flexible scalable generic general versatile universal unified comprehensive accurate high-quality high-performance
    evaluate evaluates evaluated evaluating outperformed how why whether if because though although rather instead thereby therefore
    latest emerging advanced sophisticated innovative cutting-edge well-known well-established so-called desired suitable appropriate increased decreasing
    enhance enhances enhancing enhanced boost boosts boosting guide optimize optimizes optimizing maintain maintains maintaining learn learns learned
    generate generates generated generating produce produces producing capture captures capturing extract extracts extracting model models modeling
    need needs needed task tasks method methods approach approaches network's however, our, results result experiments experiment performance
    datasets dataset benchmarks benchmark data terms term number amount variety range set family series kind type types form
    up out off there here now again once often usually typically commonly generally together alone respectively inspired motivated
    next low-cost high-quality real-time high-level quadratic linear-time negligible similar sacrificing preserving theoretical mathematical
    detailed in-depth comparative quantitative qualitative stronger weaker growing heavy ensure ensures tremendous long shorter minimal minimum maximum
    lightweight resource-constrained general-purpose heavy costly expensive unprecedented impressive remarkable excellent desirable
    stable unstable explicit implicit leading faces restore restores target internal peak extra hybrid based
    replace replaces replacing replaced implement implements implemented implementing deploy deployed deploying running run runs
    """.split()
)
_PUNCTUATION = re.compile(r"[^\w-]|\d+(?:\.\d+)?%?\Z")
_MAX_WORDS = {"Architecture": 4, "Method": 4, "Task": 4, "Metric": 3, "Hardware": 4}
#: Names made of a coined word: "Linformer", "MobileViT", "DeepLabNet", "TinyBERT".
_COINED = re.compile(
    r"(?<![\w-])(?:[A-Z0-9][\w-]*|[a-z]{1,3}[A-Z]\w*)(?:[Ff]ormer|Net|NET|BERT|GPT|ViT|Mamba|LLaMA|LSTM|CNN|GAN|LLM|VAE|MLP|RNN|GNN)"
    r"(?:V\d|v\d|-[A-Z0-9]\w{0,3}|\d{0,3}|\+{1,2}|s)?(?![\w-])(?<!ImageNet-1K)(?<!ImageNet)(?<!ImageNet-21K)"
)
#: Capitalised names before "dataset", "benchmark" and the like, in lists too: "MNIST, FooBar-1K and QuxSet datasets".
_NAME = r"[A-Z0-9][\w+.'-]*(?:[ -](?:[A-Z0-9][\w+.'-]*|of|the|v\d))*?"
_DATASETS = re.compile(
    rf"(?P<names>{_NAME}(?:(?:, (?:and )?| and |/)(?:the )?{_NAME})*) (?:image |video |text |public |challenge |test |validation )?"
    r"(?:data\s?sets?|benchmarks?|corpus|corpora)\b"
)
_DATASET_SPLIT = re.compile(r", and (?:the )?|, (?:the )?| and (?:the )?|/(?=[A-Z])")
_NOT_DATASET = frozenset("The This Our We In On These Several Multiple Two Three Four Five Six Many Various Both All A An New Large Public Extensive Experiments".split())


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
            if head is None or head[0] in ("Metric", "Hardware") or tokens[first][1].casefold() in _NO_PREFIX:
                continue
        if head is None:
            continue
        kind, needs = head
        start, count, j = tokens[first][0], 1, first
        while j > 0 and count < _MAX_WORDS[kind]:
            k = _hyphenated(tokens, j - 1)
            before = text[tokens[k][0] : tokens[j - 1][0] + len(tokens[j - 1][1])]
            gap = text[tokens[j - 1][0] + len(tokens[j - 1][1]) : tokens[j][0]]
            low = before.casefold()
            if gap != " " or low in STOP or _PUNCTUATION.search(before) or low.endswith("ly") or "'" in before:
                break
            if low.endswith("-based") and kind not in ("Architecture", "Method"):
                break
            start, count, j = tokens[k][0], count + 1, k
        if (needs and count == 1 and first == i) or singular(text[start:end]).casefold() in GENERIC:
            continue
        yield Candidate(start, end, kind, "noun", 6)


def coined(text: str) -> Iterator[Candidate]:
    """Yield names coined on a well-known ending, such as "FooFormer" and "BarNet-50"."""
    for m in _COINED.finditer(text):
        yield Candidate(m.start(), m.end(), "Architecture", "coined", 4)


def datasets(text: str) -> Iterator[Candidate]:
    """Yield capitalised names in front of "dataset", "benchmark" and "corpus"."""
    for m in _DATASETS.finditer(text):
        at = m.start("names")
        for part in _DATASET_SPLIT.split(m["names"]):
            start = text.find(part, at)
            at = start + len(part)
            if part.split(" ")[0] in _NOT_DATASET or not any(c.isupper() for c in part):
                continue
            yield Candidate(start, start + len(part), "Dataset", "dataset", 3)
