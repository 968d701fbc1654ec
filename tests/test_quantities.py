"""Every number with its unit, as abstracts write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.extract.quantities import QUOTE, quantities

#: sentence -> (value, end of range, unit, kind) of each quantity that has a unit
SENTENCES = [
    ("It reaches 79.2% top-1 accuracy.", [(79.2, None, "%", "absolute")]),
    (r"It reaches 79.2\% top-1 accuracy.", [(79.2, None, "%", "absolute")]),
    ("It cuts latency by 47%.", [(47, None, "%", "gain")]),
    ("Energy falls by up to 30 percent.", [(30, None, "%", "gain")]),
    ("A 1.6times speedup is measured.", [(1.6, None, "x", "gain")]),
    (r"A $3.6\times$ speedup is measured.", [(3.6, None, "x", "gain")]),
    (r"A $\textbf{12,041}\times$ smaller search cost.", [(12041, None, "x", "gain")]),
    ("It is 2.6x faster.", [(2.6, None, "x", "gain")]),
    ("It is 4.3 smaller and 5.5 faster.", [(4.3, None, "x", "gain"), (5.5, None, "x", "gain")]),
    ("An 8-fold improvement.", [(8, None, "x", "gain")]),
    ("It needs eight times fewer parameters.", [(8, None, "x", "gain")]),
    ("It runs 1.4-1.95x faster.", [(1.4, 1.95, "x", "gain")]),
    ("It runs 4--11 faster.", [(4, 11, "x", "gain")]),
    (r"Between $2.1\times$ and $4\times$ faster.", [(2.1, 4, "x", "gain")]),
    ("Speedups of 1.7 to 2.25x are seen.", [(1.7, 2.25, "x", "gain")]),
    ("Gains of 6.0 and 8.1times in power and size.", [(6, None, "x", "gain"), (8.1, None, "x", "gain")]),
    ("It beats both by 0.3%/1.1% accuracy.", [(0.3, None, "%", "gain"), (1.1, None, "%", "gain")]),
    ("by a factor of 125 over the rest", [(125, None, "x", "gain")]),
    ("It is an order of magnitude faster.", [(10, None, "x", "gain")]),
    ("It is two orders of magnitude faster.", [(100, None, "x", "gain")]),
    ("It reduces the epochs by half.", [(50, None, "%", "gain")]),
    ("It needs half the parameters.", [(2, None, "x", "gain")]),
    ("It needs only 1/7th the energy.", [(7, None, "x", "gain")]),
    ("It gains 5.5 points.", [(5.5, None, "points", "gain")]),
    ("It gains 7.7 percentage points.", [(7.7, None, "points", "gain")]),
    ("It is better by +2.3 mAP.", [(2.3, None, "points", "gain")]),
    ("Latency is under 2 mus on the board.", [(2, None, "us", "absolute")]),
    ("Power is <4muW at rest.", [(4, None, "uW", "absolute")]),
    ("It takes 13ms and 910 mW.", [(13, None, "ms", "absolute"), (910, None, "mW", "absolute")]),
    ("It has sub-5ms latency.", [(5, None, "ms", "absolute")]),
    ("It clocks at 80\\,MHz.", [(80, None, "MHz", "absolute")]),
    ("It reaches 26.6 TOPS/W.", [(26.6, None, "TOPS/W", "absolute")]),
    ("It reaches 455 tokens/second/W.", [(455, None, "tokens/s/W", "absolute")]),
    ("It classifies 325.3 image/s/watt.", [(325.3, None, "image/s/W", "absolute")]),
    ("It runs at 61 frames per second.", [(61, None, "FPS", "absolute")]),
    ("A 4.98mm2 die, or 0.284 mm$^2$.", [(4.98, None, "mm2", "absolute"), (0.284, None, "mm2", "absolute")]),
    ("With only 5.7M parameters.", [(5.7, None, "M", "absolute")]),
    ("It scores 85.01 $ \\pm $ 0.76%.", [(85.01, None, "%", "absolute")]),
    ("It scores 96.00% pm 0.48% on two classes.", [(96, None, "%", "absolute")]),
    ("At least 10^23 FLOPs are spent.", [(1e23, None, "FLOPs", "absolute")]),
    ("+6.87% on Birds 2019 and +7.6% on Cars.", [(6.87, None, "%", "gain"), (7.6, None, "%", "gain")]),
]


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES, ids=[s for s, _ in SENTENCES])
def test_reads(sentence: str, expected: list[tuple[float, float | None, str, str]]) -> None:
    assert [(q.value, q.value_high, q.unit, q.kind) for q in quantities(sentence) if q.unit] == expected


@pytest.mark.parametrize("sentence", ["ResNet-50, W2A8 and INT8.", "A 3D model of top-1 words.", "It has no number."])
def test_leaves_names_alone(sentence: str) -> None:
    assert [q for q in quantities(sentence) if q.unit] == []


def test_marks_changes() -> None:
    found = quantities("F1 rises from 61.0 to 75.1 on it.")
    assert [(q.value, q.change) for q in found] == [(61, "from"), (75.1, "to")]


@given(st.text(alphabet="0123456789.,%x$\\{}^ -+/~()kMonetwpgihby\n", max_size=200))
def test_offsets_hold_on_any_text(text: str) -> None:
    for q in quantities(text):
        assert 0 <= q.quote_start <= q.start < q.end <= q.quote_end <= len(text)
        assert q.quote_end - q.quote_start <= max(QUOTE, q.end - q.start)


def test_long_text_takes_time_in_proportion() -> None:
    text = "It is 2.5x faster and 30% smaller than 4-bit models of 7B. " * 8000
    assert len(quantities(text)) >= 16000
