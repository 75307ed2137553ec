"""Files of a Takeout and of studies that have no heart rates, of one to three KB each."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

START = date(2010, 1, 1)


def make_other_kinds(folder: Path, count: int) -> Path:
    """Write ``count`` files, of each kind the same number."""
    folder.mkdir(parents=True)
    for number in range(count):
        name, text = KINDS[number % len(KINDS)]
        day = START + timedelta(days=number // len(KINDS))
        (folder / name.format(day)).write_text(text(str(day)), encoding="utf-8")
    return folder


def _steps(day: str) -> str:
    return json.dumps([{"dateTime": f"{day} 10:{m:02}:00", "value": str(m)} for m in range(40)])


def _sleep(day: str) -> str:
    levels = [{"dateTime": f"{day}T02:{m:02}:30.000", "level": "light"} for m in range(30)]
    return json.dumps([{"logId": 1, "dateOfSleep": day, "levels": {"data": levels}}])


def _resting(day: str) -> str:
    value = {"date": day, "value": 61.2, "error": 6.7}
    return json.dumps([{"dateTime": day, "value": value} for _ in range(20)])


def _google_health_steps(day: str) -> str:
    interval = {"startTime": f"{day}T00:00:00Z", "endTime": f"{day}T00:01:00Z"}
    point = {"name": "steps/dataPoints/1", "steps": {"interval": interval, "count": "12"}}
    return json.dumps({"dataPoints": [point] * 12})


def _table(header: str, row: str) -> Callable[[str], str]:
    """A CSV with 50 rows; ``row`` has places for the day and the minute."""

    def text(day: str) -> str:
        return "\n".join([header, *(row.format(day, minute) for minute in range(50)), ""])

    return text


KINDS: Sequence[tuple[str, Callable[[str], str]]] = (
    ("steps-{}.json", _steps),
    ("sleep-{}.json", _sleep),
    ("resting_heart_rate-{}.json", _resting),
    ("google-health-steps-{}.json", _google_health_steps),
    ("oxygen_saturation_{}.csv", _table("timestamp,value", "{}T00:{:02}:00Z,96.1")),
    ("hrv_{}.csv", _table("timestamp,rmssd,coverage,low_frequency", "{}T00:{:02}:00,33.1,0.9,88")),
    ("temperature_{}.csv", _table("recorded_time,temperature,sensor", "{}T00:{:02},-3.1,UNKNOWN")),
    ("hourly_steps_{}.csv", _table("Id;ActivityHour;StepTotal", "1503960366;{} 10:{:02} AM;412")),
)
"""The name of each kind's files, by day, and their text."""
