"""A fixture for each thing that real files do to a loader.

Each function writes files below `folder`, which is or becomes `DATA_DIR`, and returns what they
should give. Each has participants of its own, so that all can lie in one folder. Local times are
those of `ZONE`, to which `FITBIT_TIMEZONE` must be set.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from scripts.sample_data.siblings import siblings
from scripts.sample_data.signal import Wearer
from tests.formats import health_connect, other_csv, shapes
from tests.formats.readings import (
    FITABASE,
    HEALTH_CONNECT,
    HR_CSV,
    TAKEOUT_JSON,
    Expected,
    Line,
    Reading,
    expect,
    in_file,
    last_wins,
    series,
)

ZONE = ZoneInfo("Europe/Berlin")
EXPORT = "Takeout/Fitbit/Global Export Data"
EXPORT_CSV = "Takeout/Fitbit/Physical Activity_GoogleData"


# --- 1: one a second is nominal ------------------------------------------------------------------


def nominal_rate(folder: Path) -> Expected:
    """A full day at the steps of a real device, 5 to 15 s."""
    day = Wearer("nominal-rate", seed=1).recorded(date(2023, 5, 10), gaps=False)
    assert day.confidence is not None
    midnight = datetime(2023, 5, 10, tzinfo=UTC)
    readings = [
        Reading("nominal-rate", midnight + timedelta(seconds=second), bpm, confidence)
        for second, bpm, confidence in zip(
            day.seconds.tolist(), day.bpm.tolist(), day.confidence.tolist(), strict=True
        )
    ]
    put(folder, f"participant_id=nominal-rate/{EXPORT}/heart_rate-2023-05-10.json", readings)
    return expect(readings)


# --- 2: rows are not sorted ----------------------------------------------------------------------


def interleaved_hours(folder: Path) -> Expected:
    """Takeout JSON: two hours of a night lie between one another, every instant distinct."""
    first = series("interleaved", "2023-10-29 00:00:00", 360, confidence=2)
    second = series("interleaved", "2023-10-29 01:00:05", 360, lowest=80, confidence=3)
    around = series("interleaved", "2023-10-28 23:00:00", 360, confidence=1)
    after = series("interleaved", "2023-10-29 02:00:10", 360, confidence=1)
    mixed = [row for pair in zip(first, second, strict=True) for row in pair]
    readings = [*around, *mixed, *after]
    put(folder, f"participant_id=interleaved/{EXPORT}/heart_rate-2023-10-29.json", readings)
    return expect(readings)


def alternating_by_18_hours(folder: Path) -> Expected:
    """Takeout CSV of a travel day: every second row is 18 hours away."""
    here = series("travel", "2023-06-10 02:00:00", 500, step=9)
    there = series("travel", "2023-06-10 20:00:04", 500, step=9, lowest=90)
    readings = [row for pair in zip(here, there, strict=True) for row in pair]
    put(folder, f"participant_id=travel/{EXPORT_CSV}/heart_rate_2023-06-10.csv", readings)
    return expect(readings)


# --- 3: rows outside the day in the file's name --------------------------------------------------


def outside_the_named_day(folder: Path) -> Expected:
    """A wearer in Australia: the file of the second of March begins on the first, 13:00 UTC."""
    readings = series("named-day", "2023-03-01 13:00:00", 24 * 60, step=60, confidence=3)
    assert sum(reading.timestamp.day == 1 for reading in readings) == 11 * 60
    put(folder, f"participant_id=named-day/{EXPORT}/heart_rate-2023-03-02.json", readings)
    return expect(readings)


# --- 4: local times that come twice or never (whole nights: nights.py) ---------------------------


def hour_that_never_was(folder: Path) -> Expected:
    """Rows in Berlin's missing hour, 26 March 2023, 02:00 to 03:00: shifted forward, all kept."""
    rows = [
        ("1:59:50", "00:59:50"),
        ("2:00:00", "01:00:00"),
        ("2:30:00", "01:30:00"),
        ("2:59:55", "01:59:55"),
        ("4:00:00", "02:00:00"),
    ]
    return local_rows(folder, "never", date(2023, 3, 26), rows, never=3)


def hour_passed_once(folder: Path) -> Expected:
    """29 October 2023, 02:00 to 03:00 without a step back: the earlier instant, counted."""
    rows = [
        ("1:59:50", "2023-10-28 23:59:50"),
        ("2:00:00", "00:00:00"),
        ("2:30:00", "00:30:00"),
        ("2:59:55", "00:59:55"),
        ("3:00:05", "02:00:05"),
    ]
    return local_rows(folder, "once", date(2023, 10, 29), rows, ambiguous=3)


def hour_passed_twice_unevenly(folder: Path) -> Expected:
    """The step back is not the whole hour, and small disorder around it is no step back."""
    rows = [
        ("1:59:50", "2023-10-28 23:59:50"),
        ("2:00:10", "00:00:10"),
        ("2:00:05", "00:00:05"),
        ("2:58:00", "00:58:00"),
        ("2:03:00", "01:03:00"),
        ("2:02:55", "01:02:55"),
        ("2:58:00", "01:58:00"),
        ("3:00:05", "02:00:05"),
    ]
    return local_rows(folder, "uneven", date(2023, 10, 29), rows, repeated=6)


def two_people_in_the_repeated_hour(folder: Path) -> Expected:
    """Their rows alternate: the order that counts is each person's own."""
    north = series("autumn-north", "2023-10-28 23:30:00", 1_000)
    south = series("autumn-south", "2023-10-28 23:10:00", 1_000, lowest=90)
    readings = [row for pair in zip(north, south, strict=True) for row in pair]
    write(folder / "pair" / "heartrate_seconds_merged.csv", shapes.fitabase(readings, ZONE))
    begin, end = datetime(2023, 10, 29, tzinfo=UTC), datetime(2023, 10, 29, 2, tzinfo=UTC)
    repeated = sum(begin <= reading.timestamp < end for reading in readings)
    return Expected(sorted(readings), len(readings), repeated=repeated)


def answers_in_the_repeated_hour(folder: Path) -> Expected:
    """An archived answer of the long day: the hour stands in it twice."""
    readings = series("answer", "2023-10-28 22:00:00", 25 * 240, step=15)
    text = shapes.intraday_json(readings, ZONE)
    write(folder / "participant_id=answer" / "2023-10-29.json", text)
    return Expected(sorted(readings), len(readings), repeated=2 * 240)


# --- 5 and 6: local times, months first, AM and PM -----------------------------------------------


def local_study(folder: Path) -> Expected:
    """A study's time is not UTC: in July Berlin is two hours ahead."""
    readings = series("2022484408", "2016-07-12 05:21:00", 500, step=5)
    text = shapes.fitabase(readings, ZONE)
    assert text.splitlines()[1] == "2022484408,7/12/2016 7:21:00 AM,60"
    write(folder / "july" / "heartrate_seconds_merged.csv", text)
    return expect(readings)


def months_first(folder: Path) -> Expected:
    """Days and months that could be exchanged, noon and midnight, one-digit hours."""
    rows = [
        ("4/5/2016 12:00:00 AM", "2016-04-04 22:00:00"),
        ("4/5/2016 12:59:59 AM", "2016-04-04 22:59:59"),
        ("4/5/2016 1:00:00 AM", "2016-04-04 23:00:00"),
        ("4/5/2016 11:59:59 AM", "2016-04-05 09:59:59"),
        ("4/5/2016 12:00:00 PM", "2016-04-05 10:00:00"),
        ("4/5/2016 1:07:09 PM", "2016-04-05 11:07:09"),
        ("5/4/2016 11:59:59 PM", "2016-05-04 21:59:59"),
        ("12/11/2016 7:00:00 AM", "2016-12-11 06:00:00"),
        ("1/31/2017 10:10:10 PM", "2017-01-31 21:10:10"),
    ]
    lines = [f"months-first,{local},{61 + n}" for n, (local, _) in enumerate(rows)]
    write(folder / "months" / "hr_merged.csv", "\r\n".join(["Id,Time,Value", *lines, ""]))
    return expect(
        [Reading("months-first", utc(instant), 61.0 + n) for n, (_, instant) in enumerate(rows)]
    )


def two_digit_years(folder: Path) -> Expected:
    """`05/06/15` is the sixth of May 2015."""
    instants = ["2015-05-06 07:08:09", "2015-06-05 00:00:00", "2019-12-11 23:59:59", "2026-01-02"]
    readings = [
        Reading("two-digits", utc(instant), 70.0 + n, 1) for n, instant in enumerate(instants)
    ]
    put(folder, f"participant_id=two-digits/{EXPORT}/heart_rate-2015-05-06.json", readings)
    return expect(readings)


# --- 7: confidence 0 -----------------------------------------------------------------------------


def unfelt(folder: Path) -> Expected:
    """Confidence 0 with the placeholder 70, and with another value: kept, with its confidence."""
    readings = [
        reading._replace(value=70.0, confidence=0)
        if n % 100 == 0
        else reading._replace(confidence=0 if n == 50 else 1 + n % 3)
        for n, reading in enumerate(series("unfelt", "2022-02-01 10:00:00", 800, step=5))
    ]
    put(folder, f"participant_id=unfelt/{EXPORT}/heart_rate-2022-02-01.json", readings)
    return expect(readings)


# --- 8: the seconds are lost ---------------------------------------------------------------------


def seconds_lost_by_a_spreadsheet(folder: Path) -> Expected:
    """Saved again without seconds: eight rows a minute, of which the last one stands."""
    full = series("no-seconds", "2023-01-10 08:00:00", 800, step=7)
    minutes = [r._replace(timestamp=r.timestamp.replace(second=0)) for r in full]
    text = "timestamp,value\n" + "".join(
        f"{r.timestamp:%Y-%m-%d %H:%M},{r.value}\n" for r in minutes
    )
    path = "participant_id=no-seconds/hr.csv"
    write(folder / path, text)
    return last_wins(in_file(HR_CSV, path, minutes))


def seconds_lost_of_a_study(folder: Path) -> Expected:
    """`1/10/2023 9:00`: no seconds and no AM or PM, as a spreadsheet writes it back."""
    full = series("no-seconds-study", "2023-01-10 08:00:00", 800, step=7)
    minutes = [r._replace(timestamp=r.timestamp.replace(second=0)) for r in full]
    locals_ = [shapes.local(reading, ZONE) for reading in minutes]
    lines = [
        f"no-seconds-study,{shapes.american(time)} {time.hour}:{time:%M},{r.value:.0f}"
        for time, r in zip(locals_, minutes, strict=True)
    ]
    path = "spreadsheet/heartrate_seconds_merged.csv"
    write(folder / path, "\r\n".join(["Id,Time,Value", *lines, ""]))
    return last_wins(in_file(FITABASE, path, minutes))


# --- 9: untidy files -----------------------------------------------------------------------------


def untidy_hr(folder: Path) -> Expected:
    """Title, CRLF, tabs, quotes, blank lines, three ways to write a number, two empty cells."""
    return untidy(folder, "untidy-hr", "hr.csv", ("timestamp", "value"), "{:%Y-%m-%d %H:%M:%S}")


def untidy_takeout_csv(folder: Path) -> Expected:
    """The same in a Takeout CSV."""
    columns = ("timestamp", "beats per minute")
    return untidy(
        folder, "untidy-csv", "heart_rate_2022-03-01.csv", columns, "{:%Y-%m-%dT%H:%M:%SZ}"
    )


def untidy_fitabase(folder: Path) -> Expected:
    """The same in a study's file; in March Berlin is an hour ahead."""
    return untidy(
        folder,
        "untidy-study",
        "heartrate_seconds_merged.csv",
        ("Id", "Time", "Value"),
        "",
    )


def untidy(
    folder: Path, participant: str, name: str, columns: Sequence[str], time_format: str
) -> Expected:
    """One file with commas and one with tabs; an hour apart."""
    readings: list[Reading] = []
    for delimiter, start in ((",", "2022-03-01 10:00:00"), ("\t", "2022-03-01 11:00:00")):
        rows = series(participant, start, 9)
        values = ["61", "65.0", "101.4608", '"62"', '"66.0"', '"102.5"', "", "64", '""']
        numbers = [61.0, 65.0, 101.4608, 62.0, 66.0, 102.5, None, 64.0, None]
        lines = ["Heart rate of one participant", delimiter.join(columns)]
        for reading, value in zip(rows, values, strict=True):
            time = (
                time_format.format(reading.timestamp)
                if time_format
                else shapes.twelve_hours(shapes.local(reading, ZONE))
            )
            cells = [participant] * (len(columns) - 2) + [time, value]
            lines += [delimiter.join(cells), *([""] if value == "64" else [])]
        kind = "tabs" if delimiter == "\t" else "commas"
        below = folder / (f"participant_id={participant}/{kind}")
        write(below / name, "\r\n".join([*lines, "", ""]))
        readings += [
            reading._replace(value=number)
            for reading, number in zip(rows, numbers, strict=True)
            if number is not None
        ]
    return expect(readings, rejected=4)


# --- 10: a Takeout and what lies beside ----------------------------------------------------------


def takeout_with_siblings(folder: Path) -> Expected:
    """Three days of heart rate among the other files of 40 days."""
    below = folder / "participant_id=siblings"
    for sibling in siblings(Wearer("siblings", seed=3), date(2021, 4, 1), 40):
        path = below / sibling.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sibling.content)
    readings = []
    for day in (1, 2, 3):
        rows = series("siblings", f"2021-04-0{day} 00:00:00", 500, step=12, confidence=3)
        put(below, f"{EXPORT}/heart_rate-2021-04-0{day}.json", rows)
        readings += rows
    return expect(readings)


# --- 11: holes, tiny files, two people in one file -----------------------------------------------


def holes_and_tiny_files(folder: Path) -> Expected:
    """Days 1 and 5 and none between; the second file has seven rows."""
    readings = []
    for day, count in ((1, 400), (5, 7)):
        rows = series("holes", f"2020-08-0{day} 06:00:00", count, confidence=2)
        put(folder, f"participant_id=holes/{EXPORT}/heart_rate-2020-08-0{day}.json", rows)
        readings += rows
    return expect(readings)


def two_people_in_one_file(folder: Path) -> Expected:
    """The second one's rows lie among the first one's, at the same seconds."""
    first = series("4020332650", "2016-04-12 07:21:00", 300, step=5)
    second = series("8877689391", "2016-04-12 07:21:00", 300, step=5, lowest=100)
    mixed = [row for pair in zip(first[:200], second[:200], strict=True) for row in pair]
    readings = [*mixed, *second[200:], *first[200:]]
    write(folder / "two" / "heartrate_seconds_merged.csv", shapes.fitabase(readings, ZONE))
    return expect(readings)


def id_column_before_folder(folder: Path) -> Expected:
    """The Id column says who, whatever the folder is called."""
    readings = series("5553957443", "2016-04-13 07:21:00", 100)
    path = "participant_id=somebody-else/heartrate_seconds_merged.csv"
    write(folder / path, shapes.fitabase(readings, ZONE))
    return expect(readings)


# --- Other spellings of the formats --------------------------------------------------------------


def spaced_otherwise(folder: Path) -> Expected:
    """Takeout JSON that a program wrote again: on one line, and with other indents."""
    readings = []
    for name, start, indent in (("a", "2019-03-01", None), ("b", "2019-03-02", 4)):
        rows = series("respaced", f"{start} 00:00:00", 300, confidence=1)
        records = [
            {
                "dateTime": f"{row.timestamp:%m/%d/%y %H:%M:%S}",
                "value": {"bpm": int(row.value), "confidence": row.confidence},
            }
            for row in rows
        ]
        text = json.dumps(records, indent=indent)
        write(folder / f"participant_id=respaced/{name}.json", text)
        readings += rows
    return expect(readings)


def data_source_column(folder: Path) -> Expected:
    """The newer Takeout names the device in a third column, at times in quotes."""
    plain = series("data-source", "2025-03-01 00:00:00", 200)
    quoted = series("data-source", "2025-03-02 00:00:00", 200)
    for day, rows, source in ((1, plain, "Charge 6"), (2, quoted, '"Watch, left"')):
        path = f"participant_id=data-source/{EXPORT_CSV}/heart_rate_2025-03-0{day}.csv"
        write(folder / path, shapes.takeout_csv(rows, source))
    return expect([*plain, *quoted])


def answers(folder: Path) -> Expected:
    """Archived answers for a day and for a range of another: in January Berlin is an hour ahead."""
    day = series("answers", "2019-01-14 23:00:05", 5_000, step=15)
    part = series("answers", "2019-01-17 07:00:00", 360)
    write(folder / "participant_id=answers/day.json", shapes.intraday_json(day, ZONE))
    write(folder / "participant_id=answers/part.json", shapes.intraday_range_json(part, ZONE))
    return expect([*day, *part])


# --- Packed --------------------------------------------------------------------------------------


def gzipped(folder: Path) -> Expected:
    """One file of each format, packed by gzip."""
    below = folder / "participant_id=gzipped"
    shape: dict[str, Callable[[list[Reading]], str]] = {
        "hr.csv.gz": shapes.hr_csv,
        "merged.csv.gz": lambda rows: shapes.fitabase(rows, ZONE),
        "answer.json.gz": lambda rows: shapes.intraday_json(rows, ZONE),
        "heart_rate_2020-02-04.csv.gz": shapes.takeout_csv,
        "heart_rate-2020-02-05.json.gz": shapes.takeout_json,
    }
    readings = []
    for day, (name, text) in enumerate(shape.items(), start=1):
        confidence = 2 if name.endswith("5.json.gz") else None
        rows = series("gzipped", f"2020-02-0{day} 08:00:00", 200, confidence=confidence)
        write_bytes(below / name, gzip.compress(text(rows).encode(), mtime=0))
        readings += rows
    return expect(readings)


def zipped(folder: Path) -> Expected:
    """A Takeout as it was downloaded: heart rate in JSON and CSV, and the other files."""
    first = series("zipped", "2020-06-01 00:00:00", 300, confidence=3)
    second = series("zipped", "2020-06-02 00:00:00", 300)
    entries = {
        sibling.path: sibling.content
        for sibling in siblings(Wearer("zipped", seed=4), date(2020, 6, 1), 3)
    }
    entries[f"{EXPORT}/heart_rate-2020-06-01.json"] = shapes.takeout_json(first).encode()
    entries[f"{EXPORT_CSV}/heart_rate_2020-06-02.csv"] = shapes.takeout_csv(second).encode()
    name = "participant_id=zipped/takeout-20200701T000000Z-001.zip"
    write_bytes(folder / name, zip_of(entries))
    return expect([*first, *second])


def health_connect_of_two_apps(folder: Path) -> Expected:
    """Android's zip: two apps have the same milliseconds, and disagree about some of them.

    The app with more samples wins, although it has the lower number.
    """
    first = series("phone", "2026-09-04 06:00:00.250", 200, step=5)
    second = [*first[120:140], *series("phone", "2026-09-04 06:11:40.250", 80, step=5, lowest=75)]
    samples = [
        health_connect.Sample(health_connect.millis(row.timestamp), int(row.value), app)
        for app, rows in ((2, second), (1, first))
        for row in rows
    ]
    path = "participant_id=phone/Health Connect.zip"
    write_bytes(folder / path, zip_of({health_connect.NAME: health_connect.content(samples)}))
    member = f"{path}/{health_connect.NAME}"
    return last_wins(
        line._replace(device=app)
        for app, rows in (("one", first), ("two", second))
        for line in in_file(HEALTH_CONNECT, member, rows)
    )


# --- The same instants more than once ------------------------------------------------------------


def every_format_disagrees(folder: Path) -> Expected:
    """Ten instants in a file of every format, ten more in all but the last one's, and so on.

    The paths stand in the opposite order of the ranks, so it is the format that decides.
    """
    who, formats = "5577150313", len(shapes.WRITTEN)
    apart = (300 - 39 - 70) // formats  # the highest value is a heart rate, however many there are
    lines: list[Line] = []
    for number, reader in enumerate(shapes.WRITTEN):
        shape = shapes.SHAPES[reader.name]
        path = f"participant_id={who}/{formats - number:02}/{shape.file_name(who)}"
        given = series(
            who,
            "2022-09-01 10:00:00",
            10 * (formats - number),
            lowest=70 + apart * number,
            confidence=2 if shape.has_confidence else None,
        )
        write_bytes(folder / path, shape.content(given, ZONE))
        lines += in_file(reader.name, path, given)
    return last_wins(lines)


def same_format_disagrees(folder: Path) -> Expected:
    """Two overlapping files of one format, and an instant that stands twice in one of them."""
    early = series("overlap", "2022-10-01 10:00:00", 60, confidence=1)
    late = series("overlap", "2022-10-01 10:05:00", 60, lowest=90, confidence=3)
    late.append(late[3]._replace(value=140.0, confidence=2))
    paths = [f"participant_id=overlap/heart_rate-2022-10-0{day}.json" for day in (1, 2)]
    put(folder, paths[0], early)
    put(folder, paths[1], late)
    return last_wins(
        [
            *in_file(TAKEOUT_JSON, paths[0], early),
            *in_file(TAKEOUT_JSON, paths[1], late),
        ]
    )


HAZARDS: tuple[Callable[[Path], Expected], ...] = (
    nominal_rate,
    interleaved_hours,
    alternating_by_18_hours,
    outside_the_named_day,
    hour_that_never_was,
    hour_passed_once,
    hour_passed_twice_unevenly,
    two_people_in_the_repeated_hour,
    answers_in_the_repeated_hour,
    local_study,
    months_first,
    two_digit_years,
    unfelt,
    seconds_lost_by_a_spreadsheet,
    seconds_lost_of_a_study,
    untidy_hr,
    untidy_takeout_csv,
    untidy_fitabase,
    takeout_with_siblings,
    holes_and_tiny_files,
    two_people_in_one_file,
    id_column_before_folder,
    spaced_otherwise,
    data_source_column,
    answers,
    gzipped,
    zipped,
    health_connect_of_two_apps,
    every_format_disagrees,
    same_format_disagrees,
    *other_csv.FIXTURES,
)
"""All that may lie in one folder; none of them is an error."""


# --- Writing -------------------------------------------------------------------------------------


def put(folder: Path, path: str, readings: Sequence[Reading]) -> None:
    """Write a Takeout file, JSON or CSV by its name."""
    shape = shapes.takeout_json if path.endswith(".json") else shapes.takeout_csv
    write(folder / path, shape(readings))


def write(path: Path, text: str) -> None:
    """Write a text file as it is, its line ends too."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def zip_of(entries: dict[str, bytes]) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def utc(text: str) -> datetime:
    """An instant from its ISO form."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local_rows(
    folder: Path,
    participant: str,
    day: date,
    rows: Sequence[tuple[str, str]],
    *,
    repeated: int = 0,
    ambiguous: int = 0,
    never: int = 0,
) -> Expected:
    """A study's file of (time of a night in Berlin, its instant; with a date where not `day`)."""
    lines = [
        f"{participant},{shapes.american(day)} {time} AM,{61 + n}"
        for n, (time, _) in enumerate(rows)
    ]
    path = folder / participant / "heartrate_seconds_merged.csv"
    write(path, "\r\n".join(["Id,Time,Value", *lines, ""]))
    readings = [
        Reading(participant, utc(instant if "-" in instant else f"{day} {instant}"), 61.0 + n)
        for n, (_, instant) in enumerate(rows)
    ]
    assert len({reading.timestamp for reading in readings}) == len(readings)
    return Expected(sorted(readings), len(rows), 0, repeated, ambiguous, never)
