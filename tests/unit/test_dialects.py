"""The macros that dispatch on the database render the same SQL for Postgres as before Spark."""

import re
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
from jinja2.runtime import Context

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"
DISPATCHED = re.compile(r"adapter\.dispatch\('(\w+)'\)")
DEFINED = re.compile(r"{%-? macro (\w+)\(")


class Adapter:
    """dbt's adapter for one database."""

    def __init__(self, database: str) -> None:
        self.database = database

    @property
    def dispatch(self) -> Callable[..., object]:
        @jinja2.pass_context
        def find(context: Context, macro: str) -> object:
            return context[f"{self.database}__{macro}"]

        return find


def rendered(expression: str, database: str = "postgres") -> str:
    """The text of an expression with macros of expressions.sql, its white space folded."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {"adapter": Adapter(database), "return": str}
    macros = (MACROS / "cross_db" / "expressions.sql").read_text()
    text = environment.from_string(macros + "{{ " + expression + " }}").render()
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("expression", "postgres", "spark"),
    [
        ("as_double('a')", "a::double precision", "cast(a as double)"),
        ("rounded('a * 10')", "(a * 10)::bigint", "cast(rint(a * 10) as bigint)"),
        ("exact_sum('a')", "sum(a)", "sum(cast(a as decimal(38, 0)))"),
        ("quotient('a', 60)", "a / 60", "a div 60"),
        ("utc_day('t')", "date_trunc('day', t, 'UTC')", "date_trunc('day', t)"),
        ("utc_bucket('hour', 't')", "time_bucket('1 hour', t)", "date_trunc('hour', t)"),
        ("local_time('t', 'z')", "t at time zone z", "from_utc_timestamp(t, z)"),
        ("days_between('a', 'b')", "b - a", "datediff(b, a)"),
        ("element('a', 1)", "a[1]", "element_at(a, 1)"),
        ("type_name('text')", "text", "string"),
    ],
)
def test_expressions(expression: str, postgres: str, spark: str) -> None:
    assert rendered(expression) == postgres
    assert rendered(expression, "spark") == spark


def test_each_database_has_every_dispatched_macro() -> None:
    text = "".join(path.read_text() for path in sorted(MACROS.rglob("*.sql")))
    defined = set(DEFINED.findall(text))
    for macro in DISPATCHED.findall(text):
        assert {f"postgres__{macro}", f"spark__{macro}"} <= defined, macro
