"""Whether the marts were built with the present settings, checked without dbt.

The settings are those of the macro ``present_settings``: seeds, vars and ``FITBIT_TIMEZONE``. Each
participant's marts keep theirs (``marts.heart_rate_participant``) until they are rebuilt. Marts of
other definitions, which an earlier version of the project built, are rebuilt by the next run.
"""

import csv
import json
from pathlib import Path

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.configuration.time_zones import zone_fault
from loader.database import query
from loader.errors import SettingsError
from loader.sql import statement
from loader.transform.project_vars import project_vars
from loader.wording import counted

DEFAULT_SHARES = {
    "reserve": {"moderate": 0.4, "vigorous": 0.6, "peak": 0.85},
    "maximum": {"moderate": 0.5, "vigorous": 0.7, "peak": 0.85},
}
"""The beginning of zones that the seed leaves out, by estimate; as in the macro zone_shares."""

ESTIMATES = {"own": "reserve", "reserve": "reserve", "maximum": "maximum"}
"""How zones are estimated, by ``zone_rule``; as the macro zone_estimate."""

REBUILD = 'make dbt-build ARGS="--full-refresh --select tag:daily"'


def have_other_definitions(session: Connection, settings: Settings) -> bool:
    """Whether marts of other definitions (the var ``marts_definitions``) than today's are built."""
    if not _are_built(session):
        return False
    try:
        variables = project_vars(settings.dbt_project_dir / "dbt_project.yml")
        present = variables["marts_definitions"]
    except (OSError, ValueError, KeyError):
        return False  # dbt says what is wrong with its project
    return bool(query.value(session, statement("transform/marts_definitions"), (present,)))


def other_settings(session: Connection, settings: Settings) -> str | None:
    """A sentence with the differing settings and the command that rebuilds the marts.

    None if the settings are the present ones, or if no mart is built.
    """
    if have_other_definitions(session, settings):
        return f"an earlier version built them; the next run rebuilds them, or: {REBUILD}"
    if not _are_built(session):
        return None
    try:
        present = _present_settings(settings)
    except (OSError, ValueError, KeyError) as error:
        text = " ".join(str(error).split())
        return f"can't be compared with {settings.dbt_project_dir}: {text}"
    participants, names = query.row(session, statement("transform/marts_settings"), present)
    if not participants:
        return None
    whose = counted(participants, "participant")
    return (
        f"those of {whose} were built with another {', '.join(names)} than the present: {REBUILD}"
    )


def _are_built(session: Connection) -> bool:
    mart = query.value(session, "select to_regclass('marts.heart_rate_participant')")
    return mart is not None


def refuse_default_zone(settings: Settings) -> None:
    """Stop a run before it reads if the marts could not be built in the zone of dbt's var.

    Raises:
        SettingsError: the var ``default_time_zone`` is in force and not a time zone.
    """
    project = settings.dbt_project_dir / "dbt_project.yml"
    try:
        zone = str(project_vars(project)["default_time_zone"])
    except (OSError, ValueError, KeyError):
        return  # dbt says what is wrong with its project
    if settings.time_zone is None and (fault := zone_fault(zone)):
        raise SettingsError(f"{project}: default_time_zone {fault}", "correct the var")


def _present_settings(settings: Settings) -> dict[str, object]:
    """The parameters of the statement.

    Raises:
        OSError, ValueError, KeyError: the project's settings can't be read.
    """
    variables = project_vars(settings.dbt_project_dir / "dbt_project.yml")
    seeds = settings.dbt_project_dir / "seeds"
    rule = variables["zone_rule"]
    zones = _rows(seeds / "heart_rate_zones.csv")
    estimate = ESTIMATES[rule]
    shares = {row["zone"]: row.get(f"from_{estimate}") for row in zones}
    return {
        "known": json.dumps(
            [
                {
                    "participant_id": row["participant_id"],
                    "time_zone": row["time_zone"] or None,
                    "birth_year": row["birth_year"] or None,
                }
                for row in _rows(seeds / "participants.csv")
            ]
        ),
        "time_zone": settings.time_zone or variables["default_time_zone"],
        "birth_year": variables["default_birth_year"],
        "min_confidence": variables["marts_min_confidence"],
        "gap_minutes": variables["gap_minutes"],
        "valid_day_hours": variables["valid_day_hours"],
        "valid_hour_minutes": variables["valid_hour_minutes"],
        "resting_minutes": variables["resting_minutes"],
        "zone_rule": rule,
        "zone_resting_days": variables["zone_resting_days"],
        **{
            f"{zone}_from": float(shares.get(zone) or default)
            for zone, default in DEFAULT_SHARES[estimate].items()
        },
    }


def _rows(seed: Path) -> list[dict[str, str]]:
    try:
        with seed.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        return []
