"""Every reader takes what its grammar says and nothing else, as a strict parser in Python does."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loader.read.file_copy import clean
from loader.readers import RELATIONS
from loader.sql import statement
from tests.unit import strict

FUZZED = 8_000
"""Odd strings for each reader."""

UTC_SEEDS = [
    "2024-03-17 01:02:03",
    "2024-12-31T23:59:59Z",
    "2024-03-17T01:02:03",
    "2024-03-17 01:02",
    "2024-03-17 01:02:03.25",
    "2024-03-17T01:02:03.123456789Z",
    "2024-03-17 01:02:03+02:00",
    "2024-03-17T10:20:30-0730",
    "2024-03-17 00:00+02",
    '"2024-02-29 12:00:00"',
]
OFFSET_SEEDS = [seed for seed in UTC_SEEDS if seed.endswith("Z") or {"+", "-"} & set(seed[11:])]
AMERICAN_SEEDS = [
    "05/18/15 05:25:00",
    "4/12/2016 7:21:00 AM",
    "12/11/2016 12:00:00 PM",
    "1/2/16 3:04 PM",
    "4/12/2016 17:21",
    "4/12/2016 17:21:09",
    "02/29/16 00:00:00",
    "4/12/16 07:21:00 am",
]
VALUE_SEEDS = ["61", "65.0", "101.4608", '"62.5"', "6.1e+01", "+61", ".5", "61."]
ODD_TIMES = [
    "2024-03-17 01:02: 3",
    "2024-03-17 01: 2:03",
    "2024-03-17 00:00: /",
    "2024-03-17 00000:00",
    " 2024-3-17 01:02:03",
    "2024-3-17  01:02:03",
    "2024-03-7  01:02:03",
    "2024-03-17  1:02:03",
    "2024-03-17\t01:02:03",
    "2024-03-17 01:02:3 ",
    "2024-03-17 01:02:3Z",
    "2024/03/17 01:02:03",
    "2024 03 17 01:02:03",
    "2024-03-17 24:00:00",
    "2024-03-17T24:00:00Z",
    "2024-03-17 01:02:60",
    "2023-02-29 01:02:03",
    "2024-03-17t01:02:03z",
    "2024-03-17 01:02:03 Z",
    "2024-03-17T01:02:03+99:00",
    "2024-03-17T01:02:03+15:60",
    "2024-03-17T01:02:03+02:",
    "2024-03-17T01:02:03.Z",
    "2024-03-17T01:02:03.1234567890",
    "-024-03-17 01:02:03",
    "+2024-03-17 01:02:03",
    "20240317T010203Z",
    "infinity",
    "epoch",
    "05/18/15  05:25:00",
    "05/18/5 05:25:00",
    "05/18/15 05:25:0",
    " 5/18/15 05:25:00",
    "4/12/16 7:21:00 AM",
    "04/12/16 07:21:00 AM",
    "04/1/16 12:21:00 AM",
    "4/12/216 7:21:00 AM",
    "4/12/2016 0:21:00 AM",
    "4/12/2016 13:21:00 PM",
    "4/12/2016 7:21:0  AM",
    "4/12/2016 7:1:00 AM",
    "4/12/2016 7:21:00AM",
    "4/12/2016 7:21:00 A.M.",
    "13/12/2016 7:21:00 AM",
]
ODD_VALUES = [
    *("1_0", "6_1.5", "0x3D", "nan", "-nan", "inf", "Infinity", "1e2", "1e400", "1e-400", "6 1"),
    *(
        "6,1",
        "+-61",
        "--61",
        "61f",
        "61bpm",
        "1e",
        "e1",
        "true",
        "",
        '""',
        '" 61 "',
        '"61',
        "\u0666",
    ),
]
ALPHABET = [*"0123456789 -/:.TZtz+,;'\"APMapm_\\eE", "\t", "\v", "\f", "\0", "\x1e", "\x1f", "\x7f"]
ALPHABET += ["\u0660", "\uff11", "\u200b", "\u00a0", "\ufeff", "\u2212"]


def mutated(rng: random.Random, text: str) -> str:
    """A text with one to three letters changed, added, doubled, exchanged or left out."""
    letters = list(text)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        place = rng.randrange(len(letters) + 1)
        match rng.randrange(6):
            case 0 if letters:
                letters.pop(min(place, len(letters) - 1))
            case 1 if letters:
                letters[min(place, len(letters) - 1)] = rng.choice(ALPHABET)
            case 2 if letters:
                letters[min(place, len(letters) - 1)] = rng.choice("0123456789 ")
            case 3 if letters:
                letters.insert(place, letters[min(place, len(letters) - 1)])
            case 4 if len(letters) > 1:
                place = min(place, len(letters) - 2)
                letters[place : place + 2] = reversed(letters[place : place + 2])
            case _:
                letters.insert(place, rng.choice(ALPHABET))
    return "".join(letters)


def odd(seed: int, seeds: Sequence[str], known: Sequence[str]) -> list[str]:
    """Valid texts, those that are known to be odd, and many that are made of both."""
    rng = random.Random(seed)
    made = [mutated(rng, rng.choice([*seeds, *known])) for _ in range(FUZZED)]
    return [*seeds, *known, *made]


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the readers' macros, as the scratch database has them."""
    opened = duckdb.connect()
    opened.execute("set TimeZone = 'UTC'")
    opened.execute(statement("readers/fields"))
    for relation in RELATIONS:
        opened.execute(statement(f"readers/{relation}"))
    yield opened
    opened.close()


Row = tuple[str | None, datetime | None, float | None]
"""Participant, timestamp, value: all of a reading, or nothing."""


def read(session: duckdb.DuckDBPyConnection, relation: str, copy: Path, columns: int) -> list[Row]:
    """What a reader makes of a copy, row by row."""
    found: list[Any] = session.execute(
        "select participant_id, timestamp, value,"
        " is_heart_rate(value) and fits and timestamp is not null"
        f" from {relation}($copies, ',', $columns)",
        {"copies": [str(copy)], "columns": columns},
    ).fetchall()
    return [
        (who, time, value) if valid else (None, None, None) for who, time, value, valid in found
    ]


def written(folder: Path, lines: Sequence[str]) -> Path:
    """A copy of these lines, cleaned as the loader cleans them."""
    copy = folder / "0.copy"
    copy.write_bytes(clean("".join(f"{line}\n" for line in lines).encode())[0])
    return copy


def compare(
    texts: Sequence[str], found: Sequence[Row], meant: Callable[[str], Row | None], least: int
) -> None:
    """Every row is what the strict parser says; enough of them are readings and enough are none.

    Args:
        least: more rows than this must be readings, and more must be none. A strict grammar accepts
            few of the changed texts, so it needs a smaller number, or more seeds.
    """
    assert len(found) == len(texts)
    wrong = [
        (text, row, meant(text))
        for text, row in zip(texts, found, strict=True)
        if row != (meant(text) or (None, None, None))
    ]
    assert not wrong, f"{len(wrong)} of {len(texts)}: {wrong[:10]}"
    readings = sum(row[1] is not None for row in found)
    others = len(found) - readings
    assert min(readings, others) > least, (
        f"{readings} readings and {others} other rows: more than {least} of each are needed"
    )


def two_fields(line: str) -> Row | None:
    """A line of hr.csv or of a Takeout CSV without data source."""
    fields = line.split(",")
    if len(fields) != 2:
        return None
    time, value = strict.utc_time(fields[0]), strict.heart_rate(fields[1])
    return None if time is None or value is None else (None, time, value)


@pytest.mark.parametrize("relation", ["hr_csv", "takeout_csv"])
def test_times_of_a_csv_in_utc(
    session: duckdb.DuckDBPyConnection, tmp_path: Path, relation: str
) -> None:
    lines = [f"{text},61" for text in odd(1, UTC_SEEDS, ODD_TIMES)]
    found = read(session, relation, written(tmp_path, lines), 2)
    compare(lines, found, two_fields, FUZZED // 50)


def with_offset(line: str) -> Row | None:
    """A line of Google Health's CSV without source."""
    time = strict.unquoted(line.split(",")[0])
    is_instant = time.endswith("Z") or any(sign in time[11:] for sign in "+-")
    return two_fields(line) if is_instant else None


def test_times_of_google_health_have_an_offset(
    session: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = [f"{text},61" for text in odd(7, OFFSET_SEEDS, ODD_TIMES)]
    found = read(session, "google_health_csv", written(tmp_path, lines), 2)
    compare(lines, found, with_offset, FUZZED // 200)


def test_values_of_a_csv(session: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lines = [f"2024-03-17 01:02:03,{text}" for text in odd(2, VALUE_SEEDS, ODD_VALUES)]
    found = read(session, "hr_csv", written(tmp_path, lines), 2)
    compare(lines, found, two_fields, FUZZED // 50)


def study_row(line: str, *, day_first: bool = False) -> Row | None:
    """A line of Fitabase's."""
    written = strict.day_first_time if day_first else strict.american_time
    fields = line.split(",")
    # The copy escapes these controls, and what an Id with a backslash was nobody can tell.
    if len(fields) != 3 or set(fields[0]) & {"\0", "\x1e", "\x1f", "\\"}:
        return None
    who = strict.participant(fields[0])
    time = written(strict.unquoted(fields[1])) or strict.iso_local_time(fields[1])
    value = strict.heart_rate(fields[2])
    return None if None in (who, time, value) else (who, time, value)


DAY_FIRST_SEEDS = [
    "13/4/2016 07:21:00",
    "31/12/16 7:21 PM",
    "4/12/2016 7:21:00 AM",
    "29/02/2016 0:00",
]


@pytest.mark.parametrize("day_first", [False, True], ids=["month first", "day first"])
def test_times_of_a_study(
    session: duckdb.DuckDBPyConnection, tmp_path: Path, day_first: bool
) -> None:
    texts = odd(3, AMERICAN_SEEDS + DAY_FIRST_SEEDS + UTC_SEEDS, ODD_TIMES)
    lines = [f"P1,{text},61" for text in texts]
    relation = "fitabase_day_first" if day_first else "fitabase"
    found = read(session, relation, written(tmp_path, lines), 3)
    compare(lines, found, lambda line: study_row(line, day_first=day_first), FUZZED // 50)


EPOCH_SEEDS = [
    "1460445660",
    "1460445660.25",
    "1460445660,123456789",
    "1460445660123",
    '"1460445660"',
]
EPOCH_SEEDS += ["7258118400", "7258118399.999999", "9999999999999"]
DOTTED_SEEDS = ["27.10.2024 02:30:00", "1.2.24 3:04", "4.12.2016 7:21:00 AM", "4.12/2016 07:21"]
COMMA_SEEDS = ["61,5", '"61,5"', "0,5", "1,2,3", "61,5.0", "300,1", ",5", "6,1e1"]

LAYOUTS: list[tuple[str, list[str]]] = [
    *(("iso", ["time", "value"]), ("iso", ["", "time", "value"])),
    *(("utc", ["time", "value"]), ("utc", ["", "time", "value"])),
    *(("iso", ["date", "time", "value"]), ("iso", ["", "date", "time", "value"])),
    ("iso", ["confidence", "value", "", "time", ""]),
    ("iso", ["value", "participant", "time"]),
    *(("seconds", ["time", "value"]), ("milliseconds", ["value", "time", ""])),
    *(("day first", ["time", "value"]), ("month first", ["date", "", "time", "value"])),
]
"""How the times are written, and the columns; "" has something else."""


def generic_local_time(text: str, grammar: str) -> datetime | None:
    """A local time of a CSV of another program."""
    if "first" in grammar:
        return strict.study_time(strict.with_slashes(text), day_first=grammar == "day first")
    return strict.iso_local_time(text)


def generic_instant(text: str, grammar: str) -> datetime | None:
    """An instant of a CSV of another program."""
    number = strict.with_decimal_point(text)
    if grammar in ("seconds", "milliseconds"):
        return strict.counted(number, grammar)
    found = strict.instant(text) or strict.epoch(number)
    return found or (strict.utc_time(text) if grammar == "utc" else None)


def generic_row(
    line: str, delimiter: str, roles: list[str], grammar: str, *, local: bool
) -> Row | None:
    """A line of a CSV of another program."""
    fields = strict.fields(line, delimiter)
    if len(fields) != len(roles):
        return None
    of_role = dict(zip(roles, fields, strict=True))
    text = of_role["time"]
    if "date" in of_role:
        text = f"{strict.unquoted(of_role['date'])} {strict.unquoted(text)}"
    time = generic_local_time(text, grammar) if local else generic_instant(text, grammar)
    value = strict.heart_rate(strict.with_decimal_point(of_role["value"]))
    who = None
    if "participant" in of_role:
        field = of_role["participant"]
        who = None if set(field) & {"\0", "\x1e", "\x1f", "\\"} else strict.participant(field)
        if who is None:
            return None
    return None if time is None or value is None else (who, time, value)


@pytest.mark.parametrize("relation", ["csv_local", "csv_instants"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    ("grammar", "roles"), LAYOUTS, ids=[f"{times} {' '.join(roles)}" for times, roles in LAYOUTS]
)
def test_any_csv(
    session: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    relation: str,
    delimiter: str,
    grammar: str,
    roles: list[str],
) -> None:
    rng = random.Random(f"{relation} {delimiter} {grammar} {roles}")
    local = relation == "csv_local"
    seeds = UTC_SEEDS + EPOCH_SEEDS + DAY_FIRST_SEEDS + DOTTED_SEEDS
    times = odd(9, seeds, ODD_TIMES)[:: FUZZED // 1_000] + seeds
    values = odd(10, VALUE_SEEDS + COMMA_SEEDS, ODD_VALUES)[:500]
    good = UTC_SEEDS[rng.randrange(2, 5) if local else 1]
    good = "1460445660" if "seconds" in grammar and not local else good.replace("T", " ")

    def row(time: str, value: str) -> str:
        of_role = {"time": time, "value": value, "participant": "P 1", "confidence": "3"}
        if "date" in roles:
            of_role["date"], _, of_role["time"] = time.replace("T", " ").partition(" ")
        return delimiter.join(of_role.get(role, f"x{place}") for place, role in enumerate(roles))

    lines = [row(time, "61") for time in times] + [row(good, value) for value in values]
    lines += [mutated(rng, line) for line in lines]

    given = {"delimiter": delimiter, "layout": {"roles": roles, "times": grammar}}
    found: list[Any] = session.execute(
        "select participant_id, timestamp, value,"
        " is_heart_rate(value) and fits and timestamp is not null"
        f" from {relation}($copies, $delimiter, $layout)",
        {"copies": [str(written(tmp_path, lines))], **given},
    ).fetchall()
    rows: list[Row] = [
        (who, time, value) if valid else (None, None, None) for who, time, value, valid in found
    ]
    compare(
        lines,
        rows,
        lambda line: generic_row(line, delimiter, roles, grammar, local=local),
        len(lines) // 60,
    )
    reasons = session.execute(
        f"select reason from {relation}_rejected($copies, $delimiter, $layout)",
        {"copies": [str(tmp_path / "0.copy")], **given},
    ).fetchall()
    for line, (reason,), of_line in zip(lines, reasons, rows, strict=True):
        assert reason is not None or of_line[1] is not None, line


@pytest.mark.parametrize("day_first", [False, True], ids=["month first", "day first"])
def test_times_of_one_participant_of_a_study(
    session: duckdb.DuckDBPyConnection, tmp_path: Path, day_first: bool
) -> None:
    texts = odd(8, AMERICAN_SEEDS + DAY_FIRST_SEEDS + UTC_SEEDS, ODD_TIMES)

    def meant(line: str) -> Row | None:
        row = study_row(f"P1,{line}", day_first=day_first)
        return row and (None, *row[1:])

    lines = [f"{text},61" for text in texts]
    relation = "fitabase_single_day_first" if day_first else "fitabase_single"
    found = read(session, relation, written(tmp_path, lines), 2)
    compare(lines, found, meant, FUZZED // 50)


@pytest.mark.parametrize("relation", ["takeout_json", "takeout_json_local"])
def test_times_of_a_takeout(
    session: duckdb.DuckDBPyConnection, tmp_path: Path, relation: str
) -> None:
    american = AMERICAN_SEEDS if relation == "takeout_json" else []
    texts = odd(4, american + UTC_SEEDS, ODD_TIMES)
    copy = tmp_path / "0.copy"
    copy.write_text(
        json.dumps([{"dateTime": text, "value": {"bpm": 61, "confidence": 1}} for text in texts])
    )

    def meant(text: str) -> Row | None:
        if relation == "takeout_json":
            time = strict.american_time(text) or strict.instant(text)
        else:
            time = strict.iso_local_time(text)
        return None if time is None else (None, time, 61.0)

    compare(texts, read(session, relation, copy, 0), meant, FUZZED // 100)


SAME_PERSON = ["9000000001", "9000000001.0", "9000000001.00", '"9000000001"', " 9000000001 "]
SAME_PERSON += ['" 9000000001.0 "', "9.000000001E9", "9.000000001e+09", "9.0000000010E+09"]
ITSELF = [
    "09000000001",
    "09000000001.0",
    "9000000001.5",
    "9.0E9",
    "9.00E+09",
    "9000000001.",
    "P1.0",
]
ITSELF += ["1234567890123456.0", "-9000000001.0", "1.5E0", "9e9", "007"]


def test_an_id_written_as_a_float_is_the_whole_number(
    session: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rng = random.Random(5)
    ids = [*SAME_PERSON, *ITSELF]
    ids += [mutated(rng, rng.choice(ids)) for _ in range(FUZZED)]
    lines = [f"{text},4/12/2016 7:21:00 AM,97" for text in ids]
    found = read(session, "fitabase", written(tmp_path, lines), 3)
    compare(lines, found, study_row, FUZZED // 50)
    assert {row[0] for row in found[: len(SAME_PERSON)]} == {"9000000001"}
    assert [row[0] for row in found[len(SAME_PERSON) : len(SAME_PERSON) + len(ITSELF)]] == ITSELF


@pytest.mark.parametrize(
    ("text", "confidence"),
    [("0", 0), ("3", 3), ("2.0", 2), ("2.7", None), ("4", None), ("-1", None), ("1e0", None)],
)
def test_a_confidence_is_0_to_3(
    session: duckdb.DuckDBPyConnection, text: str, confidence: int | None
) -> None:
    assert session.execute("select confidence($1)", [text]).fetchone() == (confidence,)


def test_verify_finds_no_other_instant(session: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """DuckDB's own reader takes a blank too many or a missing zero, but makes no digit up."""
    path = tmp_path / "hr.csv"
    read_rows = 0
    for text in odd(6, UTC_SEEDS[:1], ODD_TIMES[:20])[:400]:
        path.write_text(f"timestamp,value\n{text},61\n")
        try:
            found = session.execute(
                "select timestamp, value from hr_csv_typed($1, ',', 1)"
                " where in_supported_years(timestamp) is not null",
                [str(path)],
            ).fetchall()
        except duckdb.Error:
            continue
        if found:
            meant = datetime.strptime(" ".join(text.strip('"').split()), "%Y-%m-%d %H:%M:%S")
            assert found == [(meant, 61.0)], text
            read_rows += 1
    assert read_rows > 20
