"""A shelf of papers whose answers are known: facts about well-known papers and two made-up ones, in our own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from makers import make_findings

from kg.types import Findings


def number(subject: str, metric: str, value: float, unit: str, quote: str, **more: Any) -> dict[str, Any]:
    """Make a result; a baseline makes it a gain."""
    kind = "gain" if "baseline" in more or unit == "x" else "absolute"
    return {"subject": subject, "metric": metric, "value": value, "unit": unit, "quote": quote, "kind": kind, **more}


TRANSFORMER = make_findings(
    "Attention Is All You Need",
    "The Transformer is built on attention alone. For machine translation it reaches 28.4 BLEU on WMT 2014, better "
    "than earlier LSTM systems. Training took days on P100 GPUs.",
    ["Architecture introduces Transformer", "Task addresses machine translation", "Metric measures BLEU",
     "Dataset evaluates_on WMT 2014", "Architecture compares_with LSTM", "Hardware targets NVIDIA P100 = P100"],
    ["Transformer > applied_to > machine translation", "Transformer > outperforms > LSTM",
     "Transformer > evaluated_on > WMT 2014", "Transformer > runs_on > NVIDIA P100"],
    [number("Transformer", "BLEU", 28.4, "", "it reaches 28.4 BLEU on WMT 2014", dataset="WMT 2014")],
    authors=["Ashish Vaswani", "Noam Shazeer"], date="2017-06-12", venue="NeurIPS", ids={"arxiv": "1706.03762"},
)  # fmt: skip

BERT = make_findings(
    "BERT: Pre-training of Deep Bidirectional Transformers",
    "BERT stacks Transformer encoders and is trained by masked language modeling. It scores 80.5 on GLUE and does "
    "question answering on SQuAD. It was trained on Cloud TPU.",
    ["Architecture introduces BERT", "Architecture uses Transformer", "Method uses masked language modeling",
     "Dataset evaluates_on GLUE", "Dataset evaluates_on SQuAD", "Task addresses question answering",
     "Hardware targets TPU = Cloud TPU"],
    ["BERT > variant_of > Transformer", "BERT > uses > masked language modeling", "BERT > evaluated_on > GLUE",
     "BERT > applied_to > question answering", "BERT > runs_on > TPU"],
    [number("BERT", "score", 80.5, "", "It scores 80.5 on GLUE", dataset="GLUE")],
    authors=["Jacob Devlin", "Ming-Wei Chang"], date="2018-10-11", venue="NAACL", ids={"arxiv": "1810.04805"},
)  # fmt: skip

VIT = make_findings(
    "An Image is Worth 16x16 Words",
    "The Vision Transformer (ViT) reads an image as patches. For image classification it reaches 88.55% accuracy on "
    "ImageNet and outperforms ResNet. It was trained on TPU v3.",
    ["Architecture introduces Vision Transformer = Vision Transformer, ViT", "Task addresses image classification",
     "Dataset evaluates_on ImageNet", "Metric measures accuracy", "Architecture compares_with ResNet",
     "Hardware targets TPU v3"],
    ["Vision Transformer > applied_to > image classification", "Vision Transformer > evaluated_on > ImageNet",
     "Vision Transformer > outperforms > ResNet", "Vision Transformer > runs_on > TPU v3"],
    [number("Vision Transformer", "accuracy", 88.55, "%", "it reaches 88.55% accuracy on ImageNet", dataset="ImageNet",
            task="image classification")],
    authors=["Alexey Dosovitskiy", "Neil Houlsby"], date="2020-10-22", venue="ICLR", ids={"arxiv": "2010.11929"},
)  # fmt: skip

DEIT = make_findings(
    "Training data-efficient image transformers",
    "DeiT is a Vision Transformer trained by knowledge distillation. It reaches 83.1% accuracy on ImageNet in image "
    "classification and was trained on NVIDIA V100.",
    ["Architecture introduces DeiT", "Architecture uses Vision Transformer", "Method uses knowledge distillation",
     "Task addresses image classification = image classification", "Dataset evaluates_on ImageNet",
     "Metric measures accuracy", "Hardware targets NVIDIA V100"],
    ["DeiT > variant_of > Vision Transformer", "DeiT > uses > knowledge distillation", "DeiT > evaluated_on > ImageNet",
     "DeiT > applied_to > image classification", "Vision Transformer > applied_to > image classification"],
    [number("DeiT", "accuracy", 83.1, "%", "It reaches 83.1% accuracy on ImageNet", dataset="ImageNet")],
    authors=["Hugo Touvron"], date="2020-12-23", venue="ICML", ids={"arxiv": "2012.12877"},
)  # fmt: skip

SWIN = make_findings(
    "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
    "Swin Transformer computes self-attention in windows. It reaches 87.3% accuracy on ImageNet and 58.7 AP on COCO in "
    "object detection, and outperforms DeiT.",
    ["Architecture introduces Swin Transformer", "Architecture uses self-attention", "Dataset evaluates_on ImageNet",
     "Dataset evaluates_on COCO", "Metric measures accuracy", "Task addresses object detection",
     "Architecture compares_with DeiT", "Architecture mentions Vision Transformer"],
    ["Swin Transformer > variant_of > Vision Transformer", "Swin Transformer > uses > self-attention",
     "Swin Transformer > outperforms > DeiT", "Swin Transformer > applied_to > object detection",
     "Swin Transformer > evaluated_on > COCO", "Swin Transformer > evaluated_on > ImageNet"],
    [number("Swin Transformer", "accuracy", 87.3, "%", "It reaches 87.3% accuracy on ImageNet", dataset="ImageNet"),
     number("Swin Transformer", "AP", 58.7, "", "58.7 AP on COCO", dataset="COCO", task="object detection")],
    authors=["Ze Liu", "Han Hu"], date="2021-03-25", venue="ICCV", ids={"arxiv": "2103.14030"},
)  # fmt: skip

RESNET_BACK = make_findings(
    "Old Networks, New Recipes",
    "With a modern recipe ResNet outperforms Vision Transformer on ImageNet. In our runs Vision Transformer reaches "
    "only 81.8% accuracy on ImageNet in image classification.",
    ["Architecture uses ResNet", "Architecture compares_with Vision Transformer", "Dataset evaluates_on ImageNet",
     "Metric measures accuracy", "Task addresses image classification"],
    ["ResNet > outperforms > Vision Transformer", "ResNet > evaluated_on > ImageNet"],
    [number("Vision Transformer", "accuracy", 81.8, "%", "Vision Transformer reaches only 81.8% accuracy on ImageNet",
            dataset="ImageNet")],
    authors=["Ada Example"], date="2022-01-10", venue="ICML",
)  # fmt: skip

FLASH = make_findings(
    "FlashAttention: Fast and Memory-Efficient Exact Attention",
    "FlashAttention computes self-attention by tiling. On an NVIDIA A100 it is 3x faster than PyTorch for language "
    "modeling with GPT-2.",
    ["Method introduces FlashAttention", "Architecture uses self-attention", "Hardware targets NVIDIA A100",
     "Method compares_with PyTorch", "Task addresses language modeling", "Architecture uses GPT-2"],
    ["FlashAttention > runs_on > NVIDIA A100", "FlashAttention > applied_to > language modeling",
     "FlashAttention > outperforms > PyTorch", "GPT-2 > uses > FlashAttention"],
    [number("FlashAttention", "speedup", 3, "x", "it is 3x faster than PyTorch", baseline="PyTorch",
            hardware="NVIDIA A100")],
    authors=["Tri Dao"], date="2022-05-27", venue="NeurIPS", ids={"arxiv": "2205.14135"},
)  # fmt: skip

LORA = make_findings(
    "LoRA: Low-Rank Adaptation of Large Language Models",
    "LoRA adds low-rank updates to a frozen Transformer such as GPT-2. Memory falls by 3x compared with full "
    "fine-tuning.",
    ["Method introduces LoRA", "Architecture uses Transformer", "Architecture uses GPT-2",
     "Method compares_with fine-tuning", "Metric measures memory footprint = Memory"],
    ["LoRA > applied_to > fine-tuning"],
    [number("LoRA", "memory", 3, "x", "Memory falls by 3x compared with full fine-tuning", baseline="fine-tuning")],
    authors=["Edward Hu"], date="2021-06-17", venue="ICLR", ids={"arxiv": "2106.09685"},
)  # fmt: skip

SMOOTH = make_findings(
    "SmoothQuant: Accurate and Efficient Post-Training Quantization",
    "SmoothQuant is a post-training quantization method for the Large Language Model (LLM). On NVIDIA A100 GPUs it "
    "gives a 1.56x speedup, and a perplexity of 14.62 on WikiText-2.",
    ["Method introduces SmoothQuant", "Method uses post-training quantization",
     "Architecture uses Large Language Model = Large Language Model, LLM", "Hardware targets NVIDIA A100",
     "Metric measures perplexity", "Metric measures speedup", "Dataset evaluates_on WikiText-2"],
    ["SmoothQuant > variant_of > post-training quantization", "SmoothQuant > runs_on > NVIDIA A100",
     "SmoothQuant > evaluated_on > WikiText-2"],
    [number("SmoothQuant", "speedup", 1.56, "x", "it gives a 1.56x speedup", hardware="NVIDIA A100"),
     number("SmoothQuant", "perplexity", 14.62, "", "a perplexity of 14.62 on WikiText-2", dataset="WikiText-2")],
    authors=["Guangxuan Xiao", "Song Han"], date="2022-11-18", venue="ICML", ids={"arxiv": "2211.10438"},
)  # fmt: skip

FPGA_VIT = make_findings(
    "PatchFlow: Streaming Vision Transformers on FPGAs",
    "PatchFlow runs the Vision Transformer on an Alveo U280 FPGA. It is 2.5x faster than an NVIDIA V100 GPU at "
    "image classification, with a latency of 1.7 ms and an energy efficiency of 41 GOPS/W.",
    ["Architecture introduces PatchFlow", "Architecture uses Vision Transformer", "Hardware targets Alveo U280",
     "Hardware targets FPGA = FPGA, FPGAs", "Hardware compares_with NVIDIA V100", "Metric measures latency",
     "Metric measures energy efficiency", "Task addresses image classification"],
    ["PatchFlow > runs_on > Alveo U280", "PatchFlow > uses > Vision Transformer",
     "Vision Transformer > runs_on > Alveo U280", "PatchFlow > applied_to > image classification"],
    [number("PatchFlow", "speedup", 2.5, "x", "It is 2.5x faster than an NVIDIA V100 GPU", baseline="NVIDIA V100",
            hardware="Alveo U280"),
     number("PatchFlow", "latency", 1.7, "ms", "a latency of 1.7 ms", hardware="Alveo U280"),
     number("PatchFlow", "energy efficiency", 41, "GOPS/W", "an energy efficiency of 41 GOPS/W",
            hardware="Alveo U280")],
    authors=["Ada Example", "Song Han"], date="2023-02-01", venue="FCCM",
)  # fmt: skip

PIM_BERT = make_findings(
    "BankFormer: BERT in Memory",
    "BankFormer computes BERT inside HBM2 by Processing-in-Memory. It saves 4.1x energy over a GPU and is 5.0x faster "
    "than a GPU.",
    ["Architecture introduces BankFormer", "Architecture uses BERT", "Hardware targets HBM2",
     "Hardware targets Processing-in-Memory", "Hardware compares_with GPU", "Metric measures energy"],
    ["BankFormer > runs_on > Processing-in-Memory", "BERT > runs_on > Processing-in-Memory",
     "BankFormer > uses > BERT"],
    [number("BankFormer", "energy", 4.1, "x", "It saves 4.1x energy over a GPU", baseline="GPU",
            hardware="Processing-in-Memory"),
     number("BankFormer", "speedup", 5.0, "x", "is 5.0x faster than a GPU", baseline="GPU",
            hardware="Processing-in-Memory")],
    authors=["Alan Example"], date="2023-07-01", venue="ISCA",
)  # fmt: skip

#: One claim that nobody should trust.
FLASH = replace(FLASH, relations=(*FLASH.relations[:-1], replace(FLASH.relations[-1], confidence=0.4)))

SHELF: tuple[Findings, ...] = (
    TRANSFORMER, BERT, VIT, DEIT, SWIN, RESNET_BACK, FLASH, LORA, SMOOTH, FPGA_VIT, PIM_BERT,
)  # fmt: skip
