"""dbt's `adapter` for sqlfluff, which renders the models without dbt, as on Postgres."""

from collections.abc import Callable

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, macro: str) -> Callable[..., object]:
    """The macro's Postgres version, or its default version.

    Raises:
        KeyError: neither exists.
    """
    name = f"postgres__{macro}"
    found: Callable[..., object] = context[name if name in context else f"default__{macro}"]
    return found
