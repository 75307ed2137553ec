"""A JSON file gives the readings that Python's own parser finds in it, or is refused."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loader.compare.deduplicate import deduplicate, file_days, readings_of_day
from loader.errors import BadFileError, LoaderError
from loader.find.data_files import describe
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.find.recognition import recognise_file
from loader.read.parts import read_parts
from loader.read.scratch import Scratch
from loader.readers import json_text
from tests.formats import fixtures, shapes
from tests.formats.readings import series
from tests.unit import strict

IN_UTC = Zones({}, default="UTC")
MUTATED = 150
"""Files made from each sample."""

Found = list[tuple[datetime, float, int | None]]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with Scratch(tmp_path_factory.mktemp("scratch"), "64MB") as opened:
        yield opened


def load(scratch: Scratch, paths: Sequence[Path]) -> dict[str, Found | LoaderError | None]:
    """What each file gives: readings, a fault, or None if it is passed over."""
    scratch.clear()
    given: dict[str, Found | LoaderError | None] = dict.fromkeys(path.name for path in paths)
    with Opener() as opener:
        parts: list[Part] = []
        for path in paths:
            file = describe(path, Path(path.name))
            try:
                with opener.open(file) as opened:
                    layout = recognise_file(file, opened.head)
            except LoaderError as fault:
                given[path.name] = fault
                continue
            if layout is not None:
                owner = Owner(path.name, True, "")
                parts.append(Part.of_whole_file(file, layout, owner, end=None, read_end=file.size))
        read = read_parts(scratch, opener, parts, IN_UTC, lambda done: None)
    deduplicate(scratch)
    refused = {part.file.name: fault for part, fault in read.faults}
    for name in {part.file.name for part in parts}:
        given[name] = refused.get(name) or readings_of(scratch, name)
    return given


def readings_of(scratch: Scratch, name: str) -> Found:
    days = sorted({day.day for day in file_days(scratch) if day.name == name})
    return [reading for day in days for reading in readings_of_day(scratch, name, day)]


def answer(day: str, *rows: tuple[str, object], **more: object) -> dict[str, Any]:
    """An answer of the Web API."""
    dataset = [{"time": time, "value": value} for time, value in rows]
    return {
        "activities-heart": [{"dateTime": day, "value": {"restingHeartRate": 58}}],
        "activities-heart-intraday": {"dataset": dataset, "datasetInterval": 1},
        **more,
    }


def record(second: int, bpm: object = 61, **more: object) -> dict[str, Any]:
    """A record of a Takeout."""
    value = {"bpm": bpm, "confidence": second % 4}
    return {"dateTime": f"05/18/15 05:25:{second:02d}", "value": value, **more}


def timed(second: int, time: str) -> dict[str, Any]:
    """A record of a Takeout that a program saved again."""
    return {**record(second), "dateTime": time}


DEVICE = {"dataSource": {"device": {"displayName": "Charge 6"}}}
"""What a data point of the Google Health API needs for its page to be plain."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


INTRADAY = "activities-heart-intraday"
ONE = answer("2019-05-18", ("00:00:05", 60), ("08:00:00", 70))
TWO = answer("2019-05-19", ("00:00:05", 60), ("08:00:00", 70.5))
BOTH: Found = [
    (at(f"2019-05-{day} {time}"), value, None)
    for day, values in ((18, (60.0, 70.0)), (19, (60.0, 70.5)))
    for time, value in zip(("00:00:05", "08:00:00"), values, strict=True)
]
LATE = answer("2019-05-18", ("23:59:58", 60), ("00:00:03", 61))
OVER_MIDNIGHT: Found = [
    (at("2019-05-18 23:59:58"), 60.0, None),
    (at("2019-05-19 00:00:03"), 61.0, None),
]
FAILED = {"errors": [{"errorType": "rate_limit"}], "success": False}
LONG = answer(
    "2019-05-18", *((f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}", 60) for n in range(9_000))
)
INTRADAY_FIRST = dict(reversed(LONG.items()))
TAKEOUT = [record(second) for second in range(4)]
LOCAL = [timed(second, f"2015-05-18T05:25:0{second}") for second in range(4)]
MEANT: Found = [(at(f"2015-05-18 05:25:0{second}"), 61.0, second) for second in range(4)]

GOOGLE = series("me", "2026-09-25 10:04:50", 4, step=3)
POINTS = [shapes.google_point(reading, ZoneInfo("Europe/London")) for reading in GOOGLE]
IN_GOOGLE: Found = [(reading.timestamp, reading.value, None) for reading in GOOGLE]
SIMPLE = [
    {"time": f"2026-09-25T11:04:5{n}+01:00", "beatsPerMinute": str(60 + n // 3), "source": "W"}
    for n in (0, 3, 6, 9)
]
RESTING = {"dailyRestingHeartRate": {"date": {"year": 2026}, "beatsPerMinute": "52"}}
ROLLUP = {"rollupDataPoints": [{"heartRate": {"beatsPerMinuteAvg": 64.5}}]}


def page(*points: object, **more: object) -> dict[str, Any]:
    """A page of the Google Health API."""
    return {"dataPoints": list(points), **more}


def heart_rate(time: object, bpm: object) -> dict[str, Any]:
    """A data point of it."""
    return {"heartRate": {"sampleTime": {"physicalTime": time}, "beatsPerMinute": bpm}}


WHOLE: dict[str, tuple[str, Found]] = {
    "one answer": (json.dumps(ONE), BOTH[:2]),
    "an answer a line": (f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n", BOTH),
    "answers one after the other": (json.dumps(ONE) + json.dumps(TWO, indent=2), BOTH),
    "a list of answers": (json.dumps([ONE, TWO]), BOTH),
    "two lists of answers": (json.dumps([ONE]) + "\r\n" + json.dumps([TWO]), BOTH),
    "a list and an answer": (json.dumps([ONE]) + json.dumps(TWO), BOTH),
    "a byte order mark": ("\ufeff" + json.dumps([ONE, TWO]), BOTH),
    "the series first": (json.dumps(dict(reversed(ONE.items()))), BOTH[:2]),
    "an answer over midnight": (json.dumps(LATE), OVER_MIDNIGHT),
    "a refusal between": ("\n".join(map(json.dumps, (ONE, FAILED, TWO))), BOTH),
    "another series beside": (
        json.dumps({**ONE, "activities-steps-intraday": {"dataset": []}}),
        BOTH[:2],
    ),
    "no row": (json.dumps([answer("2019-05-18"), TWO]), BOTH[2:]),
    "a bad row": (
        json.dumps(answer("2019-05-18", ("00:00:05", 60), ("8 o'clock", 7), ("08:00:00", 70))),
        BOTH[:2],
    ),
    "the day in the name, 2019-05-18": (json.dumps({INTRADAY: ONE[INTRADAY]}), BOTH[:2]),
    "a day in the name and in an answer, 2019-05-18": (
        json.dumps([{INTRADAY: ONE[INTRADAY]}, TWO]),
        BOTH,
    ),
    "records": (json.dumps(TAKEOUT), MEANT),
    "records with more in them": (
        json.dumps([record(n, source={"id": [n]}) for n in range(4)]),
        MEANT,
    ),
    "records with brackets in a text": (
        json.dumps([record(n, note="[{") for n in range(4)]),
        MEANT,
    ),
    "a record without value": (json.dumps([*TAKEOUT, {"dateTime": "05/18/15 05:25:09"}]), MEANT),
    "a record of another kind": (json.dumps([*TAKEOUT, {"steps": 7}]), MEANT),
    "a record with a value in words": (json.dumps([*TAKEOUT, record(9, "resting")]), MEANT),
    "records with instants": (
        json.dumps([timed(n, f"2015-05-18T05:25:0{n}Z") for n in range(4)]),
        MEANT,
    ),
    "records with an offset": (
        json.dumps([timed(n, f"2015-05-18 07:25:0{n}+02:00") for n in range(4)]),
        MEANT,
    ),
    "records with local times": (json.dumps(LOCAL), MEANT),
    "records with local times, indented": (json.dumps(LOCAL, indent=2), MEANT),
    "local times, and then instants": (
        json.dumps([*LOCAL, timed(9, "2015-05-18T05:25:09Z"), record(8)]),
        MEANT,
    ),
    "instants, and then local times": (
        json.dumps([*TAKEOUT, *(timed(9, "2015-05-18T05:25:09"),)]),
        MEANT,
    ),
    "google: a page": (json.dumps(page(*POINTS, nextPageToken="")), IN_GOOGLE),
    "google: newest first": (json.dumps(page(*reversed(POINTS)), indent=2), IN_GOOGLE),
    "google: keys sorted": (json.dumps(page(*POINTS, nextPageToken=""), sort_keys=True), IN_GOOGLE),
    "google: a page a line": (
        "".join(json.dumps(page(point)) + "\n" for point in POINTS),
        IN_GOOGLE,
    ),
    "google: pages in a list": (json.dumps([page(point) for point in POINTS]), IN_GOOGLE),
    "google: points in a list": (json.dumps(POINTS), IN_GOOGLE),
    "google: a point a line": ("\n".join(map(json.dumps, POINTS)), IN_GOOGLE),
    "google: a page without points": (
        "{}\n" + json.dumps(page(*POINTS)) + '{"nextPageToken": "x"}',
        IN_GOOGLE,
    ),
    "google: simplified": (json.dumps(page(*SIMPLE)), IN_GOOGLE),
    "google: simplified and sorted": (json.dumps(page(*SIMPLE), sort_keys=True), IN_GOOGLE),
    "google: reconciled": (
        json.dumps(page(*({**point, "dataPointName": "users/0/d"} for point in POINTS))),
        IN_GOOGLE,
    ),
    "google: fractions and offsets": (
        json.dumps(
            page(
                heart_rate("2026-09-25T10:04:57.250Z", "50"),
                heart_rate("2026-09-25T12:04:55.123456789+02:00", 51),
                heart_rate("2026-09-24T23:04:59-11:00", "52"),
            )
        ),
        [
            (at("2026-09-25 10:04:55.123456"), 51.0, None),
            (at("2026-09-25 10:04:57.250"), 50.0, None),
            (at("2026-09-25 10:04:59"), 52.0, None),
        ],
    ),
    "google: other types between": (
        json.dumps([page(POINTS[0], RESTING), ROLLUP, page(RESTING), page(*POINTS[1:])]),
        IN_GOOGLE,
    ),
    "google: an error between": (
        json.dumps([page(*POINTS), {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}]),
        IN_GOOGLE,
    ),
    "google: points that are no readings": (
        json.dumps(
            page(
                *POINTS,
                heart_rate("2026-09-25T10:04:10", "60"),
                heart_rate("yesterday", "60"),
                heart_rate(None, "60"),
                heart_rate("2026-09-25T10:04:11Z", "0"),
                heart_rate("2026-09-25T10:04:12Z", "resting"),
                heart_rate("2026-09-25T10:04:13Z", True),
                heart_rate("2026-09-25T10:04:14Z", {"low": 1}),
                heart_rate("2026-02-30T10:04:15Z", "60"),
                {"heartRate": 61},
                {"name": "users/0/dataTypes/heart-rate/dataPoints/1"},
                {"time": "2026-09-25T10:04:16Z", "beatsPerMinute": None},
            )
        ),
        IN_GOOGLE,
    ),
    "google: a plain page with a point of another type": (
        json.dumps(
            page(*POINTS, {"steps": DEVICE | heart_rate("2026-09-25T10:04:14Z", "60")})
        ).replace(
            '"heartRate": {"sampleTime": {"physicalTime": "2026-09-25T10:04:14Z"',
            '"a": {"b": {"physicalTime": "2026-09-25T10:04:14Z"',
        ),
        IN_GOOGLE,
    ),
    "google: a plain page with a key in other letters": (
        json.dumps(page(*POINTS, DEVICE | heart_rate("2026-09-25T10:04:14Z", "60"))).replace(
            '"heartRate": {"sampleTime": {"physicalTime": "2026-09-25T10:04:14Z"',
            '"heartrate": {"sampleTime": {"physicalTime": "2026-09-25T10:04:14Z"',
        ),
        IN_GOOGLE,
    ),
    "google: a plain page with a bad value": (
        json.dumps(page(*POINTS, DEVICE | heart_rate("2026-09-25T10:04:14Z", "0"))),
        IN_GOOGLE,
    ),
    "google: a plain page with a time without offset": (
        json.dumps(page(*POINTS, DEVICE | heart_rate("2026-09-25T10:04:14", "60"))),
        IN_GOOGLE,
    ),
    "white space after it": (json.dumps(TAKEOUT) + "\n \n", MEANT),
}

REFUSED = {
    "records a line": "\n".join(map(json.dumps, TAKEOUT)),
    "records in a list in a list": json.dumps([TAKEOUT]),
    "records under a key": json.dumps({"heart": TAKEOUT}),
    "the first record damaged": json.dumps(TAKEOUT).replace('"bpm": 61', '"bpm": ', 1),
    "a number without end": json.dumps(TAKEOUT).replace('"bpm": 61', f'"bpm": {"9" * 5_000}', 1),
    "5,000 brackets": "[" * 5_000,
    "5,000 objects": '{"a":' * 5_000,
    "brackets in an answer": json.dumps(ONE)[:-1] + ', "x": ' + "[" * 5_000,
    "brackets in a record": json.dumps(TAKEOUT)[:-1] + ", " + "[" * 5_000,
    "closed brackets in a record": json.dumps(TAKEOUT)[:-1] + ", " + "[" * 5_000 + "]" * 5_001,
    "answers in a list in a list": json.dumps([[ONE], [TWO]]),
    "answers by day": json.dumps({"2019-05-18": ONE}),
    "an answer in another": json.dumps(answer("2019-05-18", ("00:00:05", 60), more=ONE)),
    "garbage after an answer": json.dumps(ONE) + " garbage",
    "a word between answers": json.dumps(ONE) + " null garbage",
    "a cut answer after one": json.dumps(ONE) + json.dumps(TWO)[:-40],
    "two series in one answer": json.dumps(ONE)[:-1] + ", " + json.dumps(TWO)[1:],
    "a day twice": json.dumps(ONE).replace('"dateTime"', '"dateTime": "2019-05-01", "dateTime"'),
    "a time twice": json.dumps(ONE).replace('"time"', '"time": "00:00:01", "time"', 1),
    "no day": json.dumps({INTRADAY: ONE[INTRADAY]}),
    "two days in the name, 2019-05-18 and 2019-05-19": json.dumps({INTRADAY: ONE[INTRADAY]}),
    "no such day in the name, 2019-02-30": json.dumps({INTRADAY: ONE[INTRADAY]}),
    "a longer number in the name, 12019-05-18": json.dumps({INTRADAY: ONE[INTRADAY]}),
    "one day in the name for two answers, 2019-05-18": json.dumps(2 * [{INTRADAY: ONE[INTRADAY]}]),
    "a day in words": json.dumps(answer("yesterday", ("00:00:05", 60))),
    "30 February": json.dumps(answer("2019-02-30", ("00:00:05", 60))),
    "a series that is a list": json.dumps({**ONE, "activities-heart-intraday": [1]}),
    "rows under another key": json.dumps(ONE).replace('"dataset"', '"rows"'),
    "more rows under another key": json.dumps(ONE).replace(
        '"dataset"', '"d2": [{"time": 1}], "dataset"'
    ),
    "rows in a row": json.dumps(ONE).replace('"value": 60', '"value": 60, "more": [{"time": 1}]'),
    "rows in lists": json.dumps(ONE).replace(
        '{"time": "00:00:05", "value": 60}', '[{"time": "00:00:05"}]'
    ),
    "times of many days": json.dumps(
        answer("2019-05-18", *[("20:00:00", 60), ("02:00:00", 61)] * 9)
    ),
    "garbage after the records": json.dumps(TAKEOUT) + "garbage",
    "a second list of records": json.dumps(TAKEOUT) + json.dumps(TAKEOUT),
    "a record a line after the records": json.dumps(TAKEOUT) + "\n" + json.dumps(record(9)),
    "cut records": json.dumps(TAKEOUT)[:-1],
    "a value twice": json.dumps(TAKEOUT).replace('"bpm": 61', '"bpm": 61, "bpm": 99', 1),
    "a time twice and none": json.dumps(TAKEOUT)
    .replace('"dateTime"', '"dateTime": "05/18/15 01:00:00", "dateTime"', 1)
    .replace('"dateTime": "05/18/15 05:25:02", ', ""),
    "records in a record": json.dumps([*TAKEOUT, {"more": [record(9)]}]),
    "records in a list": json.dumps([*TAKEOUT, [record(9)]]),
    "a value beside": json.dumps([*TAKEOUT, {"dateTime": "05/18/15 05:25:09", "bpm": 61}]),
    "a value that is a list": json.dumps(
        [*TAKEOUT, {"dateTime": "05/18/15 05:25:09", "value": [{"bpm": 61}]}]
    ),
    "a value twice in escapes": json.dumps(TAKEOUT).replace(
        '"bpm": 61', '"\\u0062pm": 61, "bpm": 4'
    ),
    "google: a cut page": json.dumps(page(*POINTS))[:-9],
    "google: garbage after a page": json.dumps(page(*POINTS)) + " garbage",
    "google: points twice": json.dumps(page(*POINTS))[:-1] + ', "dataPoints": []}',
    "google: points that are none": json.dumps([page(*POINTS), {"dataPoints": {}}]),
    "google: a point in a list": json.dumps(page(*POINTS, [POINTS[0]])),
    "google: points in another key": json.dumps([page(*POINTS), {"more": page(*POINTS)}]),
    "google: a heart rate in another point": json.dumps(page(*POINTS, {"steps": POINTS[0]})),
    "google: pages in lists": json.dumps([[page(*POINTS)]]),
    "google: pages by day": json.dumps({"2026-09-25": page(*POINTS)}),
    "google: a value twice": json.dumps(page(*POINTS)).replace(
        '"beatsPerMinute"', '"beatsPerMinute": "99", "beatsPerMinute"', 1
    ),
    "google: a value twice, and none": json.dumps(page(*POINTS))
    .replace('"beatsPerMinute"', '"beatsPerMinute": "99", "beatsPerMinute"', 1)
    .replace('"beatsPerMinute": "62", ', ""),
    "google: a key that is a number": json.dumps(page(*POINTS))[:-1] + ", 7: 8}",
    "a record that is a word": json.dumps([*TAKEOUT, "05/18/15"]),
}


def test_a_document_is_read_whole(scratch: Scratch, tmp_path: Path) -> None:
    paths = []
    for name, (text, _) in WHOLE.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(text)
    given = load(scratch, paths)
    for name, (_, meant) in WHOLE.items():
        assert given[f"{name}.json"] == meant, name


def test_a_document_that_is_not_understood_is_refused(scratch: Scratch, tmp_path: Path) -> None:
    paths = [tmp_path / "good.json"]
    paths[0].write_text(json.dumps(TAKEOUT))
    for name, text in REFUSED.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(text)
    given = load(scratch, paths)
    for name in REFUSED:
        fault = given[f"{name}.json"]
        assert isinstance(fault, BadFileError), f"{name}: {fault}"
        assert f"{name}.json" in fault.what
    assert given["good.json"] == MEANT


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_larger_than_what_is_looked_at(
    scratch: Scratch, tmp_path: Path, packed: bool
) -> None:
    text = "".join(json.dumps(each, indent=2) for each in (INTRADAY_FIRST, TWO)).encode()
    assert len(text) > 5 * 64 << 10
    path = tmp_path / "answer.json"
    path.write_bytes(gzip.compress(text) if packed else text)
    given = load(scratch, [path])["answer.json"]
    midnight = at("2019-05-18")
    assert given == [(midnight + timedelta(seconds=n), 60.0, None) for n in range(9_000)] + BOTH[2:]


def test_an_endless_value_ends_in_memory_that_does_not_grow(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_text, "LONGEST_VALUE", 1 << 20)
    path = tmp_path / "endless.json"
    path.write_text(json.dumps(ONE)[:-1] + ', "x": "' + "y" * (8 << 20))
    taken: list[int] = []
    whole = json_text.JsonText._read

    def watched(self: json_text.JsonText, count: int) -> None:
        whole(self, count)
        taken.append(len(self._text))

    monkeypatch.setattr(json_text.JsonText, "_read", watched)
    assert isinstance(load(scratch, [path])["endless.json"], BadFileError)
    assert max(taken) <= 4 << 20


# --- Hostile variants ----------------------------------------------------------------------------

SAMPLES: dict[str, bytes] = {
    "takeout": shapes.takeout_json(series("me", "2015-05-18 05:25:00", 30, confidence=2)).encode(),
    "local": json.dumps(LOCAL).encode(),
    "answer": json.dumps([ONE, LATE]).encode(),
    "lines": f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n".encode(),
    "indented": json.dumps(TAKEOUT, indent=1).encode(),
    "google": json.dumps([page(*POINTS, nextPageToken="x"), page(*SIMPLE[:1])]).encode(),
    "google plain": json.dumps(page(*POINTS)).encode(),
    "google indented": json.dumps(page(*POINTS, nextPageToken="x"), indent=1).encode(),
    "google lines": "".join(json.dumps(page(point)) + "\n" for point in POINTS).encode(),
}


def broken(rng: random.Random, sample: bytes) -> bytes:
    """A sample cut, doubled, turned around or changed somewhere."""
    one, other = sorted(rng.sample(range(len(sample)), 2))
    match rng.randrange(8):
        case 0:
            return sample[:other]
        case 1:
            return sample[:one] + sample[other:]
        case 2:
            return sample[:other] + sample[one:]
        case 3:
            return sample + sample[one:]
        case 4:
            return sample[:one] + rng.choice(b'[]{}",:0\\n ').to_bytes() + sample[one:]
        case 5:
            return sample[:one] + rng.choice(b'[]{}",:0\\n ').to_bytes() + sample[one + 1 :]
        case 6:
            pieces = sample.split(b",")
            place = rng.randrange(len(pieces))
            pieces[place : place + 1] = [pieces[place]] * rng.randrange(3)
            return b",".join(pieces)
        case _:
            keys = [b'"time"', b'"value"', b'"dateTime"', b'"bpm"', b'"dataset"', b'"confidence"']
            keys += [b'"heartRate"', b'"dataPoints"', b'"physicalTime"', b'"beatsPerMinute"']
            keys = [key for key in keys if key in sample]
            return sample.replace(rng.choice(keys), rng.choice(keys), rng.randrange(1, 3))


TIME = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


class RepeatedKeyError(Exception):
    """What the strict reader does not take."""


DECIDES_NOTHING = {"name", "platform", "utcOffset", "civilTime", "metadata", "motionContext"} | {
    *("date", "time", "year", "month", "day", "hours", "minutes", "seconds")
}
"""Keys of a Google Health point that may occur twice in a plain page."""


def unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs if name not in DECIDES_NOTHING]
    if len(set(names)) < len(names):
        raise RepeatedKeyError
    return dict(pairs)


def by_python(text: bytes) -> dict[datetime, float] | None:
    """Readings wherever they stand in well-formed JSON; None where it is none."""
    decoder = json.JSONDecoder(object_pairs_hook=unrepeated)
    # DuckDB's parser takes a comma too many at an end; nothing is lost or changed by it.
    documents, rest = [], re.sub(r",(\s*[}\]])", r"\1", text.decode("utf-8", "strict")).strip()
    try:
        while rest:
            document, end = decoder.raw_decode(rest)
            documents.append(document)
            rest = rest[end:].lstrip()
    except (ValueError, RepeatedKeyError):
        return None
    found: dict[datetime, float] = {}
    for document in documents:
        for item in document if isinstance(document, list) else [document]:
            found.update(readings_in(item))
    return found


def readings_in(item: object) -> dict[datetime, float]:
    if not isinstance(item, dict):
        return {}
    if "dataPoints" in item or "heartRate" in item or "beatsPerMinute" in item:
        return dict(filter(None, map(google_reading, item.get("dataPoints", [item]))))
    if "activities-heart-intraday" in item:
        midnight = at(item["activities-heart"][0]["dateTime"])
        found, before = {}, timedelta()
        for row in item["activities-heart-intraday"]["dataset"]:
            parts = TIME.fullmatch(row["time"]) if isinstance(row.get("time"), str) else None
            if parts is None:
                continue
            hour, minute, second = parts.groups("0")
            clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))
            midnight += timedelta(days=before - clock > timedelta(hours=12))
            before = clock
            try:
                value = float(row["value"])
            except (KeyError, ValueError, TypeError):
                continue
            if 0 < value <= 300:
                found[midnight + clock] = value
        return found
    try:
        time = strict.american_time(item["dateTime"]) or strict.iso_local_time(item["dateTime"])
        value = float(item["value"]["bpm"])
    except (KeyError, ValueError, TypeError):
        return {}
    return {time.replace(tzinfo=UTC): value} if time and 0 < value <= 300 else {}


def google_reading(point: dict[str, Any]) -> tuple[datetime, float] | None:
    """The reading of a data point; None if it is none."""
    try:
        fields = point.get("heartRate", point)
        time = fields["sampleTime"]["physicalTime"] if "sampleTime" in fields else fields["time"]
        value = float(fields["beatsPerMinute"])
    except (KeyError, ValueError, TypeError):
        return None
    instant = strict.utc_time(time) if isinstance(time, str) else None
    has_offset = isinstance(time, str) and (time.endswith("Z") or "+" in time)
    if instant is None or not has_offset or not 0 < value <= 300:
        return None
    return instant.replace(tzinfo=UTC), value


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_broken_document_gives_all_it_holds_or_is_refused(
    scratch: Scratch, tmp_path: Path, sample: str
) -> None:
    rng = random.Random(sample)
    texts = {}
    for number in range(MUTATED):
        text = broken(rng, SAMPLES[sample])
        texts[f"{number}.json"] = broken(rng, text) if number % 4 == 0 else text
        fixtures.write_bytes(tmp_path / f"{number}.json", texts[f"{number}.json"])
    given = load(scratch, [tmp_path / name for name in texts])
    read = refused = 0
    for name, text in texts.items():
        found = given[name]
        if isinstance(found, LoaderError):
            refused += 1
        elif found is not None:
            read += 1
            meant = by_python(text)
            assert meant is not None, f"read although it is no JSON: {text!r}"
            assert {time: value for time, value, _ in found} == meant, text
    assert refused > MUTATED // 4
    assert read > 3
