"""Read the loader's SQL: each statement is a ``.sql`` file next to the Python that runs it."""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@cache
def statement(name: str) -> str:
    """The text of a statement, for example ``statement("database/lock_holder")``."""
    return (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def columns(
    kind: type["DataclassInstance"], rows: Sequence["DataclassInstance"]
) -> list[list[object]]:
    """Rows as one list per field of their dataclass, to be bound as the arrays of an ``unnest``."""
    return [[getattr(row, field.name) for row in rows] for field in fields(kind)]
