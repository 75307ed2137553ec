"""Every statement of the loader is a ``.sql`` file next to the Python code that sends it."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of a statement, for example ``statement("database/lock_holder")``."""
    return (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")
