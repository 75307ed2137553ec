"""The data dictionary: what dbt's project says of each exported column."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from loader.errors import LoaderError

DOC = re.compile(r"{{ *doc\('(\w+)'\) *}}")
DOC_BLOCK = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)

SECONDS = "_seconds"
"""What the name of an exported interval ends with, which is a number of seconds."""

NEVER = "never null"

TYPES = {
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.float64(): "double",
    pa.int16(): "16-bit integer",
    pa.int32(): "32-bit integer",
    pa.int64(): "64-bit integer",
    pa.timestamp("us", "UTC"): "timestamp in UTC, microseconds",
    pa.timestamp("us"): "local timestamp, microseconds",
}

UNITS_OF_TYPES = {
    pa.string(): "",
    pa.bool_(): "",
    pa.date32(): "local day",
    pa.timestamp("us", "UTC"): "UTC",
    pa.timestamp("us"): "local time",
}
"""The units that follow from the type; dbt's project has those of numbers."""


class UndescribedColumnsError(LoaderError):
    """Exported columns have no description or unit in dbt's project."""


@dataclass(frozen=True)
class Variable:
    """A row of ``dictionary.csv``.

    Attributes:
        variable, relation: the column, and the file that has it, without its suffix.
        type, unit: as in Parquet; the unit of a text or of true and false is empty.
        definition: dbt's description.
        null: when the value is null.
        settings: the settings it depends on: vars of dbt_project.yml, seeds or their columns, and
            settings of the loader.
    """

    variable: str
    relation: str
    type: str
    unit: str
    definition: str
    null: str = NEVER
    settings: str = ""


def described(project: Path, schemas: Iterable[tuple[str, pa.Schema]]) -> list[Variable]:
    """The dictionary of these relations, in their order.

    Args:
        project: the folder of dbt's project.
        schemas: each relation's name and columns.

    Raises:
        UndescribedColumnsError: a column has no description, or a number has no unit.
    """
    models = _models(project)
    variables, undescribed = [], []
    for relation, schema in schemas:
        columns = models.get(relation, {})
        for column in schema:
            variable = _variable(relation, column, columns.get(_described_name(column, columns)))
            if variable is None:
                undescribed.append(f"{relation}.{column.name}")
            else:
                variables.append(variable)
    if undescribed:
        raise UndescribedColumnsError(
            f"no description or no unit of {', '.join(undescribed)} in {project / 'models'}",
            "add it to the model's .yml file (docs/contributing.md, A new mart)",
        )
    return variables


def write_dictionary(file: Path, variables: Iterable[Variable]) -> None:
    """Write the dictionary as CSV."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(field.name for field in fields(Variable))
        writer.writerows(astuple(variable) for variable in variables)


def _described_name(column: pa.Field, columns: dict[str, Any]) -> str:
    """The name that dbt knows the column by: ``duration`` of ``duration_seconds``."""
    name = str(column.name)
    return name if name in columns else name.removesuffix(SECONDS)


def _variable(relation: str, column: pa.Field, known: dict[str, Any] | None) -> Variable | None:
    if known is None or not known["description"]:
        return None
    meta = known.get("config", {}).get("meta", {})
    unit = meta.get("unit", UNITS_OF_TYPES.get(column.type))
    if unit is None:
        return None
    description = known["description"]
    return Variable(
        variable=column.name,
        relation=relation,
        type=TYPES[column.type],
        unit=unit,
        definition=description,
        null=_when_null(description),
        settings=", ".join(meta.get("settings", [])),
    )


def _when_null(description: str) -> str:
    """What a description says of null; a column whose description doesn't mention it has none."""
    clauses = re.split(r"; |(?<=\.) ", description.rstrip("."))
    said = [clause.strip().rstrip(".") for clause in clauses if re.search(r"\bnull\b", clause)]
    return "; ".join(said) or NEVER


@cache
def _models(project: Path) -> dict[str, dict[str, Any]]:
    """dbt's columns by model and name, with their descriptions on one line."""
    blocks = dict(_blocks(project))
    models: dict[str, dict[str, Any]] = {}
    for file in sorted((project / "models").rglob("*.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for model in content.get("models", []):
            models[model["name"]] = {
                column["name"]: {**column, "description": _text(column, blocks)}
                for column in model.get("columns", [])
            }
    return models


def _blocks(project: Path) -> Iterator[tuple[str, str]]:
    for file in sorted((project / "models").rglob("*.md")):
        yield from DOC_BLOCK.findall(file.read_text(encoding="utf-8"))


def _text(column: dict[str, Any], blocks: dict[str, str]) -> str:
    description = column.get("description") or ""
    resolved = DOC.sub(lambda found: blocks.get(found[1], ""), description)
    return " ".join(resolved.split())
