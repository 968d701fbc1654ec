"""The README keeps its word: every command in it runs, and prints what it shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

#: Commands that other tests run: make is what runs these tests, and a server does not end.
ELSEWHERE = re.compile(r"^(make |git clone|cd |kg serve|kg train|kg explore|pip )")


def blocks(kind: str) -> Iterator[str]:
    yield from re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.M | re.S)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README assumes: demo.kg, and papers of one's own under the names it uses."""
    folder = tmp_path_factory.mktemp("readme")
    samples = ROOT / "kg" / "samples" / "papers"
    shell("kg build papers -o demo.kg", folder, shutil.copytree(samples, folder / "papers"))
    bib = next(samples.glob("*.bib"))
    jsonl = next(samples.glob("*.jsonl"))
    shutil.copy(bib, folder / "refs.bib")
    shutil.copy(jsonl, folder / "papers.jsonl")
    return folder


def shell(command: str, folder: Path, *_: object) -> str:
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_commands_run(desk: Path) -> None:
    ran = 0
    for block in blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            command = line.split(" #")[0].strip()
            if command and not command.startswith("#") and not ELSEWHERE.match(command):
                shell(command, desk)
                ran += 1
    assert ran >= 8


def test_sessions_print_what_they_show(desk: Path) -> None:
    """In a console block, lines after "$ command" are its output; "..." stands for any lines."""
    shown = 0
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, expected = part.partition("\n")
            printed = [line.rstrip() for line in shell(command, desk).splitlines()]
            position = 0
            for line in (x.rstrip() for x in expected.splitlines()):
                if not line or line == "...":
                    continue
                assert line in printed[position:], f"$ {command}\ndoes not print: {line}\nbut:\n" + "\n".join(printed)
                position = printed.index(line, position) + 1
                shown += 1
    assert shown >= 3


def test_python_runs(desk: Path) -> None:
    for block in blocks("python"):
        done = subprocess.run([sys.executable, "-c", block], cwd=desk, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_files_that_it_names_exist() -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / link).exists(), link
