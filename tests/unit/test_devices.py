"""Which of several devices wins is what a naive computation says, in slices of any size."""

import io
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.compare import deduplicate as deduplication
from loader.compare.deduplicate import conflicts, days, deduplicate, file_days, mixed_participants
from loader.find.data_files import describe
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.read import parse
from loader.read.parts import read_parts
from loader.read.scratch import Scratch
from loader.readers import google_health_json, recognise
from loader.readers.folder_format import FolderFormat

FIRST = datetime(2024, 1, 1, 23, 59, 58)
"""Two seconds before midnight, so that two days have rows."""

WATCH, PHONE, NONE = "watch", "phone", ""

FILES = [(0, "a.json", 350), (1, "b.csv", 400), (2, "c.csv", 400), (3, "d.json", 500)]
"""(file, name, rank), in the order in which rows win; only the last one never names a device."""

DEVICES = [WATCH, PHONE, NONE]


@dataclass(frozen=True)
class Row:
    """A row of a file; ``second`` counts from FIRST."""

    file: int
    device: str
    second: int
    value: float

    @property
    def day(self) -> date:
        return (FIRST + timedelta(seconds=self.second)).date()

    @property
    def source(self) -> int:
        return self.file * len(DEVICES) + DEVICES.index(self.device)


rows = st.lists(
    st.builds(
        Row,
        st.integers(0, 2),
        st.sampled_from(DEVICES),
        st.integers(0, 4),
        st.sampled_from([60.0, 61.5, 63.0]),
    )
    | st.builds(Row, st.just(3), st.just(NONE), st.integers(0, 4), st.just(64.0)),
    max_size=25,
).map(lambda drawn: sorted(drawn, key=lambda row: row.file))
"""As they are read: file after file."""

prefer = st.lists(st.sampled_from([WATCH, PHONE]), unique=True)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with Scratch(tmp_path_factory.mktemp("scratch"), "64MB") as made:
        yield made


def read(
    scratch: Scratch,
    given_rows: Sequence[Row],
    preferred: Sequence[str] = (),
    folders: Sequence[str | None] = (None,) * 4,
) -> None:
    """Put rows where the parser puts them."""
    scratch.clear()
    scratch.fill(
        "sources",
        [
            (file * len(DEVICES) + place, file, "me", device)
            for file, *_ in FILES
            for place, device in enumerate(DEVICES)
        ],
    )
    scratch.fill("files", [(file, name, False, folders[file], rank) for file, name, rank in FILES])
    scratch.fill(
        "preferred_devices",
        [(1, place, device) for place, device in enumerate(preferred, start=1)],
    )
    scratch.fill(
        "readings",
        [
            (
                row.source,
                FIRST + timedelta(seconds=row.second),
                {"value": row.value, "confidence": None},
            )
            for row in given_rows
        ],
    )


def winners(given_rows: Sequence[Row], preferred: Sequence[str] = ()) -> dict[int, float]:
    """The value of each instant, computed row by row."""
    instants: dict[tuple[date, str], set[int]] = defaultdict(set)
    for row in given_rows:
        instants[row.day, row.device].add(row.second)
    in_b = {(row.day, row.device) for row in given_rows if row.file == 1}

    def strength(row: Row) -> tuple[object, ...]:
        device = (row.day, row.device)
        is_preferred = row.device in preferred and device in in_b
        return (
            FILES[row.file][2],
            row.device != NONE,
            -preferred.index(row.device) if is_preferred else -len(preferred),
            len(instants[device]) if row.device else 0,
            [-ord(letter) for letter in row.device],
        )

    table: dict[int, Row] = {}
    for row in given_rows:
        held = table.get(row.second)
        if held is None or strength(row) >= strength(held):
            table[row.second] = row
    return {second: row.value for second, row in table.items()}


def loaded(scratch: Scratch) -> dict[int, float]:
    found = scratch.rows("select timestamp, measured.value from deduplicated")
    table = {(instant - FIRST).seconds: value for instant, value in found}
    assert len(table) == len(found)
    return table


@given(rows, st.integers(1, 12), prefer)
@settings(max_examples=60, deadline=None)
def test_the_device_with_more_readings_on_the_day_wins(
    scratch: Scratch, given_rows: list[Row], most_rows: int, preferred: list[str]
) -> None:
    read(scratch, given_rows, preferred)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SORT_A_ROW", "SORT_WITH_PLACE", "COUNT_A_ROW"):
            patch.setattr(deduplication, f"BYTES_TO_{name}", 64_000_000 // most_rows)
        deduplicate(scratch)

    assert loaded(scratch) == winners(given_rows, preferred)
    values: dict[int, set[float]] = defaultdict(set)
    for row in given_rows:
        values[row.second].add(row.value)
    assert conflicts(scratch) == sum(len(each) > 1 for each in values.values())
    assert sum(readings for *_, readings, _ in days(scratch)) == len(values)

    of_sources: dict[tuple[int, date, str], set[int]] = defaultdict(set)
    for row in given_rows:
        of_sources[row.file, row.day, row.device].add(row.second)
    assert {(day.name, day.day, day.device, day.readings) for day in file_days(scratch)} == {
        (FILES[file][1], day, device, len(seconds))
        for (file, day, device), seconds in of_sources.items()
    }


def test_more_readings_win_over_more_rows(scratch: Scratch) -> None:
    # The phone's readings are there twice, in two downloads.
    phone = [Row(file, PHONE, second, 60.0) for file in (1, 2) for second in (2, 3)]
    watch = [Row(1, WATCH, second, 61.5) for second in (2, 3, 4)]
    read(scratch, sorted([*phone, *watch], key=lambda row: row.file))
    deduplicate(scratch)
    assert loaded(scratch) == {2: 61.5, 3: 61.5, 4: 61.5}


def test_days_are_decided_one_by_one(scratch: Scratch) -> None:
    # Before midnight the phone has more, after it the watch.
    given_rows = [Row(1, PHONE, 0, 60.0), Row(1, PHONE, 1, 60.0), Row(1, PHONE, 2, 60.0)]
    given_rows += [Row(1, WATCH, second, 61.5) for second in (1, 2, 3)]
    read(scratch, given_rows)
    deduplicate(scratch)
    assert loaded(scratch) == {0: 60.0, 1: 60.0, 2: 61.5, 3: 61.5}


def test_of_two_devices_with_as_many_readings_the_first_name_wins(scratch: Scratch) -> None:
    for given_rows in (
        [Row(1, PHONE, 0, 60.0), Row(1, WATCH, 0, 61.5)],
        [Row(1, WATCH, 0, 61.5), Row(1, PHONE, 0, 60.0)],
        [Row(1, PHONE, 0, 60.0), Row(2, WATCH, 0, 61.5)],
    ):
        read(scratch, given_rows)
        deduplicate(scratch)
        assert loaded(scratch) == {0: 60.0}


@pytest.mark.parametrize(
    ("others", "is_mixed"),
    [
        ([(WATCH, 60.0), (PHONE, 61.5)], False),
        ([(WATCH, 60.0)], False),
        ([(WATCH, 63.0)], True),
        ([(WATCH, 63.0), (PHONE, 64.0)], True),
    ],
    ids=["the same again", "one of them again", "another value", "two other values"],
)
def test_two_devices_are_not_two_people(
    scratch: Scratch, others: list[tuple[str, float]], is_mixed: bool
) -> None:
    of_one = [Row(1, WATCH, 0, 60.0), Row(1, PHONE, 0, 61.5)]
    of_other = [Row(2, device, 0, value) for device, value in others]
    read(scratch, [*of_one, *of_other], folders=["one", "one", "other", "other"])
    deduplicate(scratch)
    mix = mixed_participants(scratch)
    assert (mix is not None) == is_mixed
    if mix:
        assert (mix.one, mix.other, mix.instants) == ("one", "other", 1)
        assert mix.first_timestamp == FIRST.replace(tzinfo=UTC)


@pytest.mark.parametrize("order", ["n, device", "hash(n), device"], ids=["ordered", "random"])
def test_memory_does_not_grow_with_several_devices(tmp_path: Path, order: str) -> None:
    with Scratch(tmp_path, "256MB") as scratch:
        scratch.fill("sources", [(0, 0, "me", PHONE), (1, 0, "me", WATCH)])
        scratch.fill("files", [(0, "a.csv", False, None, 400)])
        scratch.execute(
            "insert into readings select device, timestamp '2024-01-01' + n * interval 1 second,"
            " measurement_of(60 + device, null)"
            " from (select unnest(range(500_000)) as n)"
            " cross join (select unnest([0, 1]) as device)"
            f" order by {order}"
        )
        scratch.memory = 16_000_000
        deduplicate(scratch)
        assert conflicts(scratch) == 500_000
        assert sum(readings for *_, readings, _ in days(scratch)) == 500_000


RAW = {"sampleTime": {"physicalTime": "2026-09-25T10:04:59Z"}, "beatsPerMinute": "49"}


@pytest.mark.parametrize(
    ("point", "device"),
    [
        ({"dataSource": {"device": {"displayName": " Charge 6 "}}}, "Charge 6"),
        ({"dataSource": {"device": {"displayName": ""}, "platform": "FITBIT"}}, ""),
        (
            {"dataSource": {"device": {}, "application": {"packageName": "com.example"}}},
            "com.example",
        ),
        ({"dataSource": {"device": "Charge 6", "application": None}}, ""),
        ({"dataSource": "Charge 6"}, ""),
        ({"source": "Charge 6"}, "Charge 6"),
        ({"source": 6}, ""),
        ({"dataSource": {"device": {"displayName": 'a\0"\ud800b' + "c" * 90}}}, 'a\\0"\\ud800b'),
        ({}, ""),
    ],
)
def test_a_point_names_a_device_or_an_app(point: dict[str, object], device: str) -> None:
    answer = {"dataPoints": [point | {"heartRate": RAW}]}
    source, target = io.BytesIO(json.dumps(answer).encode()), io.StringIO()
    assert google_health_json.READER.rewrite is not None
    google_health_json.READER.rewrite(source, target, "page.json")
    line = json.loads(target.getvalue())
    named = line.get("device", "")
    assert named == device or (named.startswith(device + "ccc") and len(named) == 80)


@pytest.mark.parametrize(
    ("fields", "device"),
    [
        ("watch", "watch"),
        (" my watch ", "my watch"),
        ('"my watch"', "my watch"),
        ('"mine, left"', "mine, left"),
        ('"a,b,c"', "a,b,c"),
        ("", ""),
        ('""', ""),
        ("Uhr für links", "Uhr für links"),
        ("w" * 90, "w" * 80),
    ],
)
@pytest.mark.parametrize("name", ["takeout csv", "google health csv"])
def test_a_row_names_a_device(
    scratch: Scratch, tmp_path: Path, name: str, fields: str, device: str
) -> None:
    headers = {
        "takeout csv": "timestamp,beats per minute,data source",
        "google health csv": "time,beatsPerMinute,source",
    }
    path = tmp_path / "a.csv"
    path.write_text(f"{headers[name]}\n2026-05-27T00:00:00Z,61,{fields}\n")
    file = describe(path, Path("a.csv"))
    layout = recognise(path.read_bytes())
    assert layout is not None
    assert layout.format == name
    part = Part.of_whole_file(file, layout, Owner("me", True, ""), None, file.size)
    settings = FolderFormat(prefer=("one", "two"))
    part = replace(part, file=replace(file, settings=settings))
    scratch.clear()
    with Opener() as opener:
        read = read_parts(scratch, opener, [part], Zones({}, None), lambda done: None)
    assert not read.faults
    deduplicate(scratch)
    assert [(day.device, day.readings) for day in file_days(scratch)] == [(device, 1)]
    preferred = scratch.rows("from preferred_devices order by place")
    assert preferred == [(0, 1, "one"), (0, 2, "two")]


@pytest.mark.parametrize("most", [0, 100], ids=["many devices", "few devices"])
def test_rows_keep_their_order_and_file(
    scratch: Scratch, tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "MOST_LISTED_DEVICES", most)
    expected, parts = [], []
    for number in range(3):
        name = f"{number}.csv"
        rows = [(second, f"{DEVICES[(second + number) % 3]}") for second in range(5_000)]
        # The second file names no device, and the third only has a header.
        if number == 1:
            rows = [(second, "") for second, _ in rows]
        if number == 2:
            rows = []
        instants = [FIRST + timedelta(seconds=second) for second, _ in rows]
        text = "".join(
            f"{instant:%Y-%m-%dT%H:%M:%SZ},{60 + second % 100},{' ' * (second % 2)}{device}\n"
            for instant, (second, device) in zip(instants, rows, strict=True)
        )
        (tmp_path / name).write_text("timestamp,beats per minute,data source\n" + text)
        expected += [
            (name, device, instant, 60.0 + second % 100)
            for instant, (second, device) in zip(instants, rows, strict=True)
        ]
        file = describe(tmp_path / name, Path(name))
        layout = recognise((tmp_path / name).read_bytes()[:1000])
        assert layout is not None
        parts.append(Part.of_whole_file(file, layout, Owner("me", True, ""), None, file.size))
    scratch.clear()
    with Opener() as opener:
        assert not read_parts(scratch, opener, parts, Zones({}, None), lambda done: None).faults
    found = scratch.rows(
        "select path, device, timestamp, measured.value from readings"
        " join sources using (source_id) join files using (file_id) order by readings.rowid"
    )
    assert found == expected
