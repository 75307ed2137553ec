"""The statements, each in a file of its own."""

from functools import cache
from pathlib import Path


@cache
def statement(name: str) -> str:
    """The text of ``<name>.sql`` in this folder."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
