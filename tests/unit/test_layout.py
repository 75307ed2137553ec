"""loader/'s folders are the stages of a run, and its imports run one way."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import loader

LOADER = Path(loader.__file__).parent

LEVELS = (
    {"disk", "errors", "file_names", "mode", "sql", "wording"},
    {"configuration", "console", "database", "names", "readers", "resources"},
    {"ledger", "transform"},
    {"find", "run", "notify"},
    {"read", "commit"},
    {"compare"},
    {"stage"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
"""From the lowest level to the highest: a folder or module imports only from lower levels, and from
its own folder."""

LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}

MODULES = sorted(path for path in LOADER.rglob("*.py") if path.name != "__init__.py")


def place(module: str) -> str:
    """The folder or module directly below loader/: ``loader.find.walk`` is in ``find``."""
    return module.split(".")[1]


def imported(path: Path) -> Iterator[str]:
    """The modules of loader that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("loader."):
            yield str(node.module)
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("loader."))


@pytest.mark.parametrize("path", MODULES, ids=[str(p.relative_to(LOADER)) for p in MODULES])
def test_imports_run_downwards(path: Path) -> None:
    relative = path.relative_to(LOADER)
    own = relative.parts[0].removesuffix(".py")
    upwards = [
        module
        for module in imported(path)
        if place(module) != own and LEVEL[place(module)] >= LEVEL[own]
    ]
    assert upwards == []


def test_every_statement_has_a_sender() -> None:
    """A ``.sql`` file that no Python code next to it names is dead."""
    named = "\n".join(path.read_text(encoding="utf-8") for path in LOADER.rglob("*.py"))
    sent_by_name = {"fields", *(path.stem for path in (LOADER / "readers").glob("*.sql"))}
    statements = {path.relative_to(LOADER).with_suffix("") for path in LOADER.rglob("*.sql")}
    dead = {
        str(each)
        for each in statements
        if f'"{each}"' not in named
        and f"'{each}'" not in named
        and f'"{each.name}"' not in named
        and each.name not in sent_by_name
        and not each.name.startswith("days_")
    }
    assert dead == set()


def test_a_run_that_finds_nothing_new_imports_neither_duckdb_nor_dbt() -> None:
    program = "import sys, loader.cli, loader.commands.ingest; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "loader.find.search" in found
    assert {"duckdb", "pyarrow", "numpy", "dbt"}.isdisjoint(found)
