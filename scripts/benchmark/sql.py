"""The statements of ``by_hand.sql`` and ``duck.sql``; a line ``-- name: …`` begins each."""

import re
from functools import cache
from pathlib import Path

NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


def statement(name: str) -> str:
    """The text of a statement by file and name: ``statement("by_hand/add_key")``."""
    file, _, own = name.partition("/")
    return _statements(file)[own]


@cache
def _statements(file: str) -> dict[str, str]:
    text = Path(__file__).with_name(f"{file}.sql").read_text(encoding="utf-8")
    return {found[1]: found[2] for found in NAMED.finditer(text)}
