"""The shape of the house: imports go downwards, nothing is too long, nothing is loaded too early."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "kg").rglob("*.py"))

#: From the bottom of the house to its roof.
FLOORS = (
    "errors", "types", "schema", "findings", "registry", "read", "extract", "corrections", "resolve", "facts",
    "store", "settle", "graph", "export", "query", "verify", "validate", "evaluate", "train", "workers",
    "pipeline", "samples", "cli",
)  # fmt: skip


def floor(module: str) -> int | None:
    parts = module.split(".")
    return FLOORS.index(parts[1]) if parts[0] == "kg" and len(parts) > 1 and parts[1] in FLOORS else None


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def early_imports(path: Path) -> list[str]:
    """Modules imported when this one is; those inside functions or for type checking are not."""
    found = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module] + [f"{node.module}.{a.name}" for a in node.names]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_go_downwards(path: Path) -> None:
    here = floor(module_of(path))
    if here is None:  # kg/__init__.py stands above all floors
        assert module_of(path) in ("kg", "kg.__main__", "kg.schema_build"), f"put {module_of(path)} on a floor"
        return
    upward = [m for m in early_imports(path) if (f := floor(m)) is not None and f > here]
    assert not upward, f"{module_of(path)} imports from above: {upward}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_no_module_is_over_600_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 600


def test_tracked_files_name_no_machine() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    bad = []
    for name in filter(None, files.split("\0")):
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".json", ".ts", ".js", ".yaml", ".yml", ".tsv", ".rq", ""}
            and path.is_file()
        ):
            text = path.read_text("utf-8", errors="ignore")
            if re.search(r"/(work|root|farm)/(main|shared|\.|\w)", text) and "test_architecture" not in name:
                bad.append(name)
            if path.is_file() and path.stat().st_size > 45 * 2**20:
                bad.append(f"{name} is over 45 MB")
    assert not bad


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, kg.cli; from click.testing import CliRunner;"
        "r = CliRunner().invoke(kg.cli.cli, ['--help']); assert r.exit_code == 0, r.output;"
        "print(*sorted({m.split('.')[0] for m in sys.modules} &"
        " {'spacy', 'networkx', 'rdflib', 'numpy', 'pyoxigraph', 'onnxruntime', 'torch', 'starlette', 'pydantic'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == []
