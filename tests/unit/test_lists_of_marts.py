"""The lists that a new mart, or a newly exported one, has to be added to."""

from __future__ import annotations

import re

import pytest
import yaml

from loader.commands.export.relations import RELATIONS
from loader.configuration.settings import PROJECT

MODELS = PROJECT / "dbt_project/models"
MARTS = {file.stem for file in (MODELS / "marts").glob("*.sql")}
PEOPLE_READ = MARTS | {"heart_rate"}
EXPORTED = {relation.name for relation in RELATIONS}


def in_exposure(name: str) -> set[str]:
    """The models that an exposure of dbt depends on."""
    exposures = yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    (depends_on,) = (each["depends_on"] for each in exposures if each["name"] == name)
    return set(re.findall(r"ref\('(\w+)'\)", " ".join(depends_on)))


def in_first_table(page: str) -> set[str]:
    """The names in the first column of a page's first table."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    first = next(part for part in text.split("\n\n") if part.startswith("| "))
    return set(re.findall(r"^\| `(\w+)`", first, re.MULTILINE))


@pytest.mark.parametrize(
    ("place", "listed", "expected"),
    [
        ("notebooks in dbt_project/models/exposures.yml", in_exposure("notebooks"), PEOPLE_READ),
        ("export in dbt_project/models/exposures.yml", in_exposure("export"), EXPORTED),
        ("the first table of docs/marts.md", in_first_table("docs/marts.md"), MARTS),
        ("the first table of docs/export.md", in_first_table("docs/export.md"), EXPORTED),
    ],
)
def test_a_list_has_every_mart_and_nothing_else(
    place: str, listed: set[str], expected: set[str]
) -> None:
    lacking, unknown = sorted(expected - listed), sorted(listed - expected)
    assert not lacking, f"add {lacking} to {place}"
    assert not unknown, f"remove {unknown} from {place}"
