"""Time and memory of resolving names, on made-up findings of 10 thousand to a million mentions.

    python benchmarks/resolve.py [MENTIONS ...]

Names are drawn from the lexicon with a long tail, in several written forms; a third are unknown, some with an
acronym, as papers have them. Each size runs in its own process, so that the peak memory is its own.

Measured on one of two busy cores, processor time (the first seconds index the lexicon):

       10,000 mentions      3 s     97 MB
      100,000 mentions     14 s    254 MB
      300,000 mentions     32 s    539 MB
    1,000,000 mentions     99 s  1,460 MB
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from kg.resolve import resolve
from kg.schema import TYPES, lexicon
from kg.types import Findings, Link, Mention, Paper

SYLLABLES = (
    "ar",
    "bel",
    "cor",
    "den",
    "fex",
    "gro",
    "hil",
    "kel",
    "lum",
    "mor",
    "nex",
    "por",
    "ral",
    "tem",
    "vor",
    "zan",
)
LINKS_A_PAPER, MENTIONS_A_LINK = 12, 2


def made_up_name(r: random.Random) -> str:
    word = "".join(r.choice(SYLLABLES) for _ in range(r.randint(2, 3))).capitalize()
    return r.choice(
        (f"{word}Net", f"{word}-{r.randint(1, 9)}", f"{word.lower()} {r.choice(SYLLABLES)} {r.choice(SYLLABLES)}")
    )


def forms_of(name: str, r: random.Random) -> list[str]:
    choices = [name, name.lower(), f"{name}s", name.replace("-", " "), name.title()]
    return [r.choice(choices) for _ in range(MENTIONS_A_LINK)]


def findings(mentions: int) -> Iterator[Findings]:
    r = random.Random(7)
    known = [(e.type, e.name) for e in lexicon().entries]
    r.shuffle(known)
    for n in range(mentions // (LINKS_A_PAPER * MENTIONS_A_LINK)):
        links = []
        for k in range(LINKS_A_PAPER):
            if r.random() < 2 / 3:
                type, name = known[min(int(r.paretovariate(0.7)) - 1, len(known) - 1)]
            else:
                type, name = r.choice(TYPES), made_up_name(r)
            forms = forms_of(name, r)
            if r.random() < 0.1:
                forms.append("".join(w[0] for w in name.split()).upper())
            at = [Mention(f, 20 * i, 20 * i + len(f)) for i, f in enumerate(forms)]
            links.append(Link(f"{forms[0]} {k}", type, "introduces" if k == 0 else "uses", tuple(at)))
        yield Findings(Paper(f"p{n}", f"Paper {n}", "An abstract without any definitions."), tuple(links))


def measure(mentions: int) -> None:
    start = time.process_time()
    made = list(findings(mentions))
    before = time.process_time()
    found = resolve(made)
    after = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{mentions:>9,} mentions  {after - before:7.1f} s  peak {peak:6.0f} MB  {len(found.entities):>7,} entities"
        f"  ({before - start:.1f} s to make them up, in the peak)",
        flush=True,
    )


if __name__ == "__main__":
    sizes = [int(a) for a in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    if len(sizes) == 1:
        measure(sizes[0])
    else:
        for size in sizes:
            subprocess.run([sys.executable, __file__, str(size)], check=True)
