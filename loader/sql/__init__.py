"""Every statement the loader sends, one ``.sql`` file each; ``scratch/`` is DuckDB's."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of a statement, for example ``statement("postgres/lock_holder")``."""
    return (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")
