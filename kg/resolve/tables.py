"""The resolver's tables of words: every list that one may want to look through or extend."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """Cut a block of text into a set of words."""
    return frozenset(text.split())


#: Words in -ise and -ising that no spelling writes with z.
KEEP_IS = words_of(
    """
    advertise compromise denoise denoised denoiser denoising devise disguise enterprise exercise expertise
    franchise noise paradise precise premise promise raise raised revise rise supervise supervised supervising
    surprise turquoise unsupervised wise
    """
)

#: Words in -our that no spelling writes with -or.
KEEP_OUR = words_of(
    """
    contour contours course four fourier hour hours our pour resource source sources tour tours
    """
)

#: Words in -s that are no plural.
NO_PLURAL = words_of(
    """
    access across address always analysis apparatus as atlas axis basis bias bonus bus campus canvas census
    chaos class compress consensus continuous corpus cosmos cross cs dbs dress ds dynamics express flops focus
    fps gas gauss genomics genus gflops gops graphics hypothesis imagenets is its jax keras kinetics kubernetes
    lens less loss lossless macs mass mathematics minus mips mps ms nexus optics pass pegasus perceptron
    photonics physics plus press previous process ps pytorch radius redis robotics semantics series species sps
    stateless statistics status stress success synthesis texas tflops this thus tops us various versal versus
    virus wireless
    """
)

#: Plurals that no rule makes.
IRREGULAR = {
    "caches": "cache", "niches": "niche", "biases": "bias", "lenses": "lens", "buses": "bus", "gases": "gas",
    "analyses": "analysis", "hypotheses": "hypothesis", "syntheses": "synthesis", "bases": "basis", "axes": "axis",
    "matrices": "matrix", "indices": "index", "vertices": "vertex", "corpora": "corpus",
}  # fmt: skip

#: Phrases that have one established abbreviation, which also stands inside longer names.
ABBREVIATIONS = {
    "convolutional neural network": "cnn", "convolution neural network": "cnn", "recurrent neural network": "rnn",
    "graph neural network": "gnn", "graph convolutional network": "gcn", "deep neural network": "dnn",
    "spiking neural network": "snn", "binary neural network": "bnn", "artificial neural network": "ann",
    "neural network": "nn", "generative adversarial network": "gan", "variational autoencoder": "vae",
    "multi layer perceptron": "mlp", "multilayer perceptron": "mlp", "large language model": "llm",
    "vision language model": "vlm", "visual language model": "vlm", "small language model": "slm",
    "state space model": "ssm", "mixture of expert": "moe", "vision transformer": "vit",
    "visual transformer": "vit", "diffusion transformer": "dit", "language model": "lm",
    "pre trained": "pretrained", "feed forward network": "ffn", "feedforward network": "ffn",
    "reinforcement learning": "rl", "post training quantization": "ptq", "quantization aware training": "qat",
    "neural architecture search": "nas", "named entity recognition": "ner", "question answering": "qa",
    "super resolution": "sr", "natural language processing": "nlp", "natural language understanding": "nlu",
    "neural machine translation": "nmt", "processing in memory": "pim", "process in memory": "pim",
    "compute in memory": "cim", "computing in memory": "cim", "field programmable gate array": "fpga",
    "graphic processing unit": "gpu", "graphics processing unit": "gpu", "central processing unit": "cpu",
    "tensor processing unit": "tpu", "neural processing unit": "npu",
    "application specific integrated circuit": "asic", "high bandwidth memory": "hbm",
    "resistive random access memory": "reram", "resistive ram": "reram", "rram": "reram", "bird eye view": "bev",
    "birds eye view": "bev", "neural radiance field": "nerf", "key value": "kv", "long short term memory": "lstm",
    "gated recurrent unit": "gru", "multi head": "multihead", "multi headed": "multihead",
    "self attention": "selfattention", "cross attention": "crossattention", "one dimensional": "1d",
    "two dimensional": "2d", "three dimensional": "3d", "1 d": "1d", "2 d": "2d", "3 d": "3d",
    "four dimensional": "4d", "one layer": "1layer", "two layer": "2layer", "three layer": "3layer",
    "single layer": "1layer", "spatio temporal": "spatiotemporal", "spatial temporal": "spatiotemporal",
    "multi modal": "multimodal", "time series": "timeseries", "hardware software": "hwsw",
    "software hardware": "hwsw", "microcontroller unit": "mcu", "microcontroller": "mcu",
    "mixed precision": "mixedprecision", "domain adaptation": "da", "speech recognition": "asr",
    "automatic asr": "asr", "machine learning": "ml", "deep learning": "dl", "computer vision": "cv",
    "internet of thing": "iot", "system on chip": "soc", "knowledge distillation": "kd",
    "parameter efficient": "peft", "peft fine tuning": "peft",
}  # fmt: skip

#: Derivations that mean the same before another word.
DERIVED = {
    "computing": "computation", "computational": "computation", "compute": "computation",
    "convolutional": "convolution", "imaging": "image", "recommender": "recommendation", "headed": "head",
    "modelling": "modeling", "labelled": "labeled", "learnt": "learned", "auto": "auto",
    "transformers": "transformer", "parametrized": "parametric", "parameterized": "parametric",
    "parametrised": "parametric", "bitwidth": "bit", "energetic": "energy", "attentional": "attention",
    "normalized": "normalization", "pretraining": "pretraining", "denoised": "denoising",
    "quantized": "quantization", "pruned": "pruning", "distilled": "distillation",
}  # fmt: skip

#: Words that may stand between two others without changing what is meant.
DROPPED = words_of(
    """
    based enabled style type wise
    """
)

#: Words in front that say who makes a thing.
VENDORS = words_of(
    """
    alibaba altera amazon amd anthropic apple arm aws baidu brainchip cerebras deepmind digilent espressif
    facebook google graphcore groq hailo hisilicon huawei hynix ibm intel lattice mediatek meta microchip micron
    microsoft mistral mit nordic nvidia openai qualcomm rockchip sambanova samsung sk sony stanford
    stmicroelectronics synsense tencent terasic ti upmem xilinx
    """
)

#: Class nouns at the end that add nothing to a name that is one without them.
CLASS_NOUNS = {
    "Hardware": words_of(
        """
        accelerator architecture board card chip core cpu device family fpga gpu hardware kit mcu memory
        microcontroller npu phone platform processor series smartphone soc system tpu
        """
    ),
    "Dataset": words_of(
        """
        benchmark collection corpus data database dataset set suite
        """
    ),
    "Architecture": words_of(
        """
        architecture backbone design family mechanism model module network nn operation structure
        """
    ),
    "Method": words_of(
        """
        algorithm approach compiler framework library mechanism method model objective package paradigm
        procedure scheme software strategy technique tool toolchain toolkit
        """
    ),
    "Task": words_of(
        """
        application challenge problem system task
        """
    ),
    "Metric": words_of(
        """
        measure metric score value
        """
    ),
}

#: Words that never name a thing on their own: no two things are one because both are called this.
GENERIC = words_of(
    """
    accelerated accelerator accuracy algorithm approach architecture area attention backbone benchmark block
    calibration classification complexity compression consistency convolution convolutional corpus cost data
    dataset decoder denoising detection device discriminator efficiency embedding encoder energy estimation
    feed-forward feedforward framework generation generator hardware head heads inference latency layer learning
    memory method model modeling module multiplication network parameters performance planning platform power
    prediction processor quality reasoning recognition recurrence recurrent reparameterization residual
    restoration retrieval segmentation sensor serving size speed system technique time tracking training
    transformer transformers translation
    """
)

#: Last words that do not make what they end a kind of themselves.
NO_HEADS = words_of(
    """
    adapter algorithm alignment approach backbone block c++ cache cell compression compute control data decoder
    device edge embedding encoder encoding expert feature framework function hardware head inference
    interpretation kernel language layer learning loss map mask memory method model module momentum network
    neuron objective operation pipeline planning platform policy pooling precision problem processor projection
    prompt python retrieval router routing scan search sensor server space speech speed strategy system task
    token tokenization training unit vision
    """
)

#: First halves of compounds that turn the meaning of the second: a "semi-supervised learning" is no supervised one.
NO_CUT = words_of("anti co de inter intra non post pre re self semi sub un weakly training")

#: Last words of a measure's name that say what it is a kind of.
METRIC_HEADS = frozenset(
    (
        "accuracy",
        "average precision",
        "convergence",
        "energy consumption",
        "error rate",
        "f1 score",
        "flop",
        "iou",
        "latency",
        "mean squared error",
        "memory footprint",
        "perplexity",
        "recall",
        "robustness",
        "speedup",
        "throughput",
    )
)
