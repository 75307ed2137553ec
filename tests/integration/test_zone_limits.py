"""The wearer's own limits of the zones, from three formats into the marts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loader.errors import ExitCode
from tests.formats.fixtures import write
from tests.formats.loaded import said
from tests.pipeline import Pipeline

TAKEOUT = "Takeout/Fitbit/Physical Activity_GoogleData"
DAYS = (1, 2, 3)
"""Of March 2024, with a minute at 100, 130 and 170 bpm each."""


def readings() -> str:
    rows = (
        f"2024-03-0{day} 12:0{minute}:00,{bpm}\n"
        for day in DAYS
        for minute, bpm in enumerate((100, 130, 170))
    )
    return "timestamp,value\n" + "".join(rows)


def takeout(limits: Mapping[int, tuple[int, int, int]]) -> str:
    """Takeout's file: quotes within quotes, types without."""
    types = ("MODERATE", "VIGOROUS", "PEAK")
    text = "timestamp,heart_rate_zone,data source\n"
    for day, begins in limits.items():
        zones = [f'{{""heart_rate_zone_type"": LIGHT, ""min_heart_rate_bpm"": {30}}}']
        zones += [
            f'{{""heart_rate_zone_type"": {name}, ""min_heart_rate_bpm"": {begin}, '
            f'""max_heart_rate_bpm"": {begin + 9}}}'
            for name, begin in zip(types, begins, strict=True)
        ]
        text += f'2024-03-0{day}T00:00:00Z,"{",".join(zones)}",Google Health App\n'
    return text


def google(day: int, begins: tuple[int, int, int], year: int = 2024) -> dict[str, Any]:
    """A data point of the Google Health API."""
    types = ("MODERATE", "VIGOROUS", "PEAK")
    zones = [
        {"heartRateZoneType": name, "minBeatsPerMinute": str(begin)}
        for name, begin in zip(types, begins, strict=True)
    ]
    date = {"year": year, "month": 3, "day": day}
    return {"dailyHeartRateZones": {"date": date, "heartRateZones": zones}}


def answer(day: int, begins: tuple[int, int, int]) -> str:
    """A Web API answer without a reading."""
    names = ("Fat Burn", "Cardio", "Peak")
    zones = [{"name": "Out of Range", "min": 30}]
    zones += [{"name": name, "min": begin} for name, begin in zip(names, begins, strict=True)]
    value = {"customHeartRateZones": [], "heartRateZones": zones, "restingHeartRate": 58}
    return json.dumps(
        {
            "activities-heart": [{"dateTime": f"2024-03-0{day}", "value": value}],
            "activities-heart-intraday": {"dataset": []},
        }
    )


def zones(pipeline: Pipeline) -> list[Any]:
    return pipeline.query(
        "select zone_source, moderate_from_bpm, vigorous_from_bpm, peak_from_bpm, minutes_light,"
        " minutes_moderate, minutes_vigorous, minutes_peak"
        " from marts.heart_rate_day order by day"
    )


def test_limits_of_every_format_count_from_the_night_they_come(pipeline: Pipeline) -> None:
    write(pipeline.data / "hr.csv", readings())
    pipeline.ingest()
    assert zones(pipeline) == [(None,) * 8] * 3

    write(
        pipeline.data / f"{TAKEOUT}/daily_heart_rate_zones_2024-03.csv",
        takeout({1: (95, 120, 160)}),
    )
    write(pipeline.data / "zones.json", json.dumps({"dataPoints": [google(2, (101, 131, 171))]}))
    write(pipeline.data / "answer.json", answer(3, (101, 120, 171)))
    pipeline.ingest()

    assert zones(pipeline) == [
        ("own limits", 95, 120, 160, 0, 1, 1, 1),
        ("own limits", 101, 131, 171, 1, 1, 1, 0),
        ("own limits", 101, 120, 171, 1, 0, 2, 0),
    ]
    assert pipeline.query("select count(*) from ingest.changed_limits") == [(0,)]
    assert "0 of 4 files read" in pipeline.loader("ingest").stdout
    marts = pipeline.query("select * from marts.heart_rate_day order by day")
    assert pipeline.loader("ingest", "--full-refresh").returncode == ExitCode.OK
    assert pipeline.query("select * from marts.heart_rate_day order by day") == marts


def test_the_format_with_the_higher_rank_counts_and_a_correction_arrives(
    pipeline: Pipeline,
) -> None:
    write(pipeline.data / "hr.csv", readings())
    path = pipeline.data / f"{TAKEOUT}/daily_heart_rate_zones_2024-03.csv"
    write(path, takeout({1: (95, 120, 160), 2: (96, 120, 160)}))
    write(
        pipeline.data / "zz.json", json.dumps([google(1, (80, 90, 110)), google(3, (80, 90, 110))])
    )
    pipeline.ingest()
    assert [row[1] for row in zones(pipeline)] == [95, 96, 80]

    write(path, takeout({1: (99, 120, 160)}))
    pipeline.ingest()

    assert [row[1] for row in zones(pipeline)] == [99, None, 80]
    path.unlink()
    (pipeline.data / "zz.json").unlink()
    pipeline.ingest()
    assert [row[1] for row in zones(pipeline)] == [99, None, 80]


def test_limits_that_a_failed_run_recorded_reach_the_marts_later(pipeline: Pipeline) -> None:
    write(pipeline.data / "hr.csv", readings())
    pipeline.ingest()
    write(pipeline.data / "zones.json", json.dumps([google(1, (95, 120, 160))]))
    pipeline.query("alter table marts.heart_rate_day rename to away")
    pipeline.query("create view marts.heart_rate_day as select 1 / 0 as day")
    failed = pipeline.loader("ingest")
    assert failed.returncode == ExitCode.DBT_FAILED, said(failed)
    assert pipeline.query("select count(*) from ingest.changed_limits") == [(1,)]
    pipeline.query("drop view marts.heart_rate_day")
    pipeline.query("alter table marts.away rename to heart_rate_day")

    pipeline.ingest()

    assert [row[0] for row in zones(pipeline)] == ["own limits", None, None]
    assert pipeline.query("select count(*) from ingest.changed_limits") == [(0,)]


def test_limits_that_are_not_understood(pipeline: Pipeline) -> None:
    """A day of a year that stands for none is left out; what isn't understood is rejected."""
    write(pipeline.data / "hr.csv", readings())
    odd = [
        google(1, (95, 120, 160), year=9998),
        google(2, (120, 95, 160)),
        google(3, (95, 120, 160)),
    ]
    write(pipeline.data / "zones.json", json.dumps({"dataPoints": odd}))
    rows = takeout({1: (95, 120, 160), 2: (0, 120, 160)})
    write(pipeline.data / "daily_heart_rate_zones.csv", rows + "yesterday,,\n")
    pipeline.ingest()

    assert [row[1] for row in zones(pipeline)] == [95, None, 95]
    assert pipeline.query("select path, reason from ingest.rejected_rows order by 1, line") == [
        ("daily_heart_rate_zones.csv", "zone limits not understood"),
        ("daily_heart_rate_zones.csv", "zone limits not understood"),
        ("zones.json", "zone limits not understood"),
    ]
    described = pipeline.loader("inspect", str(pipeline.data))
    assert "zone limits  of 1 day" in described.stdout


def test_a_participant_who_is_erased_loses_the_limits(pipeline: Pipeline) -> None:
    for who in ("P1", "P2"):
        folder = pipeline.data / f"participant_id={who}"
        write(folder / "hr.csv", readings())
        write(folder / "zones.json", json.dumps([google(1, (95, 120, 160))]))
    pipeline.ingest()
    assert pipeline.loader("forget", "P1", "--yes").returncode == ExitCode.REFUSED
    (pipeline.data / "participant_id=P1/hr.csv").unlink()
    held = pipeline.loader("forget", "P1", "--yes")
    assert held.returncode == ExitCode.REFUSED
    assert "zones.json" in held.stderr
    (pipeline.data / "participant_id=P1/zones.json").unlink()

    assert pipeline.loader("forget", "P1", "--yes").returncode == ExitCode.OK

    assert pipeline.query("select distinct participant_id from ingest.zone_limits") == [("P2",)]
    assert pipeline.query("select path from ingest.files where path like '%P1%'") == []


def test_limits_of_a_renamed_file_are_replaced_by_a_correction(pipeline: Pipeline) -> None:
    """The new name is the smaller one, so that the old one would decide."""
    write(pipeline.data / "hr.csv", readings())
    write(pipeline.data / "zones.json", json.dumps([google(1, (95, 120, 160))]))
    pipeline.ingest()
    (pipeline.data / "zones.json").rename(pipeline.data / "a.json")
    pipeline.ingest()
    assert pipeline.query("select path from ingest.zone_limits") == [("a.json",)]
    (pipeline.data / "a.json").unlink()
    corrected = [google(1, (101, 120, 160)), google(2, (101, 120, 160))]
    write(pipeline.data / "A/a.json", json.dumps(corrected))
    pipeline.ingest()

    assert [row[1] for row in zones(pipeline)] == [101, 101, None]
    marts = pipeline.query("select * from marts.heart_rate_day order by day")
    assert pipeline.loader("ingest", "--full-refresh").returncode == ExitCode.OK
    assert pipeline.query("select * from marts.heart_rate_day order by day") == marts


def test_a_failed_run_recorded_limits_of_a_file_that_is_deleted_then(pipeline: Pipeline) -> None:
    """Nothing is left to read, but the marts don't have the limits yet."""
    write(pipeline.data / "hr.csv", readings())
    pipeline.ingest()
    write(pipeline.data / "zones.json", json.dumps([google(1, (95, 120, 160))]))
    assert pipeline.loader("load").returncode == ExitCode.OK
    (pipeline.data / "zones.json").unlink()

    pipeline.ingest()

    assert [row[0] for row in zones(pipeline)] == ["own limits", None, None]
    assert pipeline.query("select count(*) from ingest.changed_limits") == [(0,)]


def test_limits_in_odd_files(pipeline: Pipeline) -> None:
    """A spreadsheet changed the delimiter; an answer without a series has a day of no calendar."""
    write(pipeline.data / "hr.csv", readings())
    saved = takeout({1: (95, 120, 160)}).replace('Z,"', 'Z;"').replace('",G', '";G')
    header = "timestamp,heart_rate_zone,data source"
    write(pipeline.data / "zones.csv", saved.replace(header, header.replace(",", ";")))
    without_series = json.loads(answer(3, (95, 120, 160)))
    del without_series["activities-heart-intraday"]
    undated = json.dumps(without_series).replace("2024-03-03", "2024-02-30")
    ancient = answer(3, (95, 120, 160)).replace("2024", "0001")
    answers = [answer(2, (96, 120, 160)), json.dumps(without_series), undated, ancient]
    write(pipeline.data / "answers.json", "\n".join(answers))
    pipeline.ingest()

    assert [row[1] for row in zones(pipeline)] == [95, 96, 95]
    assert pipeline.query("select count(*) from ingest.zone_limits") == [(3,)]
    reasons = pipeline.query("select path, reason from ingest.rejected_rows")
    assert reasons == [("answers.json", "no intraday heart rate in this answer")] * 2
