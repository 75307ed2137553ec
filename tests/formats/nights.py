"""Whole nights on which the clock changes, in four zones, with the true instants known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from scripts.sample_data.signal import Wearer
from tests.formats import shapes
from tests.formats.local_times import back_at
from tests.formats.readings import Expected, Reading


@dataclass(frozen=True)
class Night:
    """The night, 20:00 to 08:00 local, that ends on the morning of `morning`."""

    name: str
    zone: ZoneInfo
    morning: date

    def readings(self, participant: str) -> list[Reading]:
        """What a device wrote down, every 5 to 15 s, in real time. It was worn all night."""
        begin = datetime.combine(self.morning - timedelta(days=1), time(20), self.zone)
        end = datetime.combine(self.morning, time(8), self.zone)
        wearer = Wearer(participant, seed=7)
        found = []
        for offset in (-2, -1, 0, 1):
            day = wearer.recorded(self.morning + timedelta(days=offset), gaps=False)
            assert day.confidence is not None
            midnight = datetime.combine(day.day, time(), UTC)
            for second, bpm in zip(day.seconds.tolist(), day.bpm.tolist(), strict=True):
                instant = midnight + timedelta(seconds=second)
                if begin <= instant < end:
                    found.append(Reading(participant, instant, bpm))
        return found


def _nights(zone: str, autumn: date, spring: date) -> tuple[Night, Night]:
    return Night("autumn", ZoneInfo(zone), autumn), Night("spring", ZoneInfo(zone), spring)


NIGHTS = {
    zone: _nights(zone, autumn, spring)
    for zone, autumn, spring in (
        ("Europe/Berlin", date(2023, 10, 29), date(2023, 3, 26)),
        ("America/New_York", date(2023, 11, 5), date(2023, 3, 12)),
        # Goes back and forward by half an hour.
        ("Australia/Lord_Howe", date(2023, 4, 2), date(2023, 10, 1)),
        # Is half an hour off the full hours.
        ("Australia/Adelaide", date(2023, 4, 2), date(2023, 10, 1)),
    )
}


def write_fitabase(folder: Path, zone: str) -> Expected:
    """Both nights in one study: rows in order, the Id says which night."""
    nights = [night.readings(f"{night.name}-study") for night in NIGHTS[zone]]
    readings = [reading for night in nights for reading in night]
    text = shapes.fitabase(readings, ZoneInfo(zone))
    (folder / "heartrate_seconds_merged.csv").write_bytes(text.encode())
    return _expected(readings, ZoneInfo(zone))


def write_intraday(folder: Path, zone: str) -> Expected:
    """Both nights as archived answers, a file a local day."""
    readings = []
    for night in NIGHTS[zone]:
        participant = f"{night.name}-answers"
        below = folder / f"participant_id={participant}"
        below.mkdir(parents=True)
        lived = night.readings(participant)
        for day, rows in groupby(lived, lambda r: shapes.local(r, ZoneInfo(zone)).date()):
            text = shapes.intraday_json(list(rows), ZoneInfo(zone))
            (below / f"heart-{day}.json").write_text(text, encoding="utf-8")
        readings += lived
    return _expected(readings, ZoneInfo(zone))


def write_takeout(folder: Path, zone: str) -> Expected:
    """Both nights in UTC: whatever the zone, nothing is to be resolved."""
    readings = []
    for night in NIGHTS[zone]:
        participant = f"{night.name}-takeout"
        below = folder / f"participant_id={participant}" / "Takeout/Fitbit/Global Export Data"
        below.mkdir(parents=True)
        lived = [reading._replace(confidence=2) for reading in night.readings(participant)]
        text = shapes.takeout_json(lived)
        (below / f"heart_rate-{night.morning}.json").write_text(text, encoding="utf-8")
        readings += lived
    return Expected(sorted(readings), len(readings))


def _expected(readings: list[Reading], zone: ZoneInfo) -> Expected:
    repeated = [r for r in readings if back_at(shapes.local(r, zone), zone) > timedelta(0)]
    return Expected(sorted(readings), len(readings), repeated=len(repeated))
