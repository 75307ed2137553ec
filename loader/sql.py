"""Read the loader's SQL: each statement is a ``.sql`` file next to the Python that runs it."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of a statement, for example ``statement("database/lock_holder")``."""
    return (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")
