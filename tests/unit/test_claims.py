"""A file is claimed by one reader at most, whatever its first bytes and its name are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import BadFileError
from loader.readers import READERS, Layout, recognise
from loader.readers.folder_format import NO_FORMAT, Columns, FolderFormat
from tests.formats import other_csv, shapes
from tests.formats.readings import Reading

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2023, 7, 1, 10, tzinfo=UTC)
ROWS = [Reading("P7", FIRST + timedelta(minutes=n), 60.0 + n, 1) for n in range(3)]

SAMPLES: dict[str, tuple[bytes, str]] = {
    name: (shape.content(ROWS, BERLIN), shape.file_name("P7"))
    for name, shape in shapes.SHAPES.items()
}
"""The beginning and the name of a file of each format."""

OTHERS = {
    "steps": (b"Time,Value\n4/12/2016 7:21:00 AM,61\n", "P7_minuteSteps_20160412_20160412.csv"),
    "time,value": (b"time,value\n2016-04-12 07:21:00,61\n", "hr.csv"),
    "index,time,value": (b",time,value\n0,2016-04-12 07:21:00,61\n", "hr.csv"),
    "sleep": (b"datetime,value\n2016-04-12 07:21:00,61\n", "sleep.csv"),
    "no row": (b"datetime,bpm\n", "any.csv"),
    "no time": (b"datetime,bpm\nyesterday,61\n4/12/2016 7:21,61\n", "any.csv"),
    "no zone and more": (b"datetime,bpm,source\n2016-04-12 07:21:00,61,x\n", "any.csv"),
    "day alone": (b"date,bpm\n2016-04-12,61\n", "any.csv"),
    "steps in utc": (b"timestamp,steps\n2016-04-12T07:21:00Z,61\n", "any.csv"),
    "oxygen": (b"timestamp,value\n2022-07-09T03:52:00Z,96.5\n", "a/Minute SpO2 - 2022-07-09.csv"),
    "fitabase": (b"Id,Time,Value\n1,4/12/2016 7:21:00 AM,96\n", "minuteSpO2_merged.csv"),
    "variability": (b"timestamp,value\n2022-07-09T03:52:00Z,41\n", "heart_rate_variability.csv"),
    "resting hr.csv": (
        b"timestamp,heart_rate\n2022-07-09T03:52:00Z,51\n",
        "resting-heart-rate.csv",
    ),
    "resting": (b"datetime,bpm\n2016-04-12T07:21:00Z,61\n", "resting_heart_rate.csv"),
}
"""Files that no reader may claim."""

GENERIC = {
    f"{kind} {name}": (other_csv.in_any_form(header, row, ROWS).encode(), name)
    for kind, files in (("local", other_csv.LOCAL_FILES), ("instants", other_csv.INSTANT_FILES))
    for name, (header, row) in files.items()
}

ALL = [*SAMPLES.values(), *OTHERS.values(), *GENERIC.values()]


SETTINGS = {
    "none": NO_FORMAT,
    "columns": FolderFormat(columns=Columns("bpm", timestamp="time")),
    "any quantity": FolderFormat(columns=Columns("Value", timestamp="Time"), day_first=True),
    "two columns": FolderFormat(columns=Columns("VALUE", date="date", time="time"), zone="UTC"),
    "people": FolderFormat(columns=Columns("Value", timestamp="Time", participant="Id")),
    "numbers": FolderFormat(columns=Columns("value", timestamp="timestamp"), unit="seconds"),
    "no columns": FolderFormat(unit="milliseconds", day_first=False, prefer=("Charge 6",)),
}
"""Of a folder: the columns are those of the samples, too."""


def claims(
    head: bytes, name: str, settings: FolderFormat = NO_FORMAT, *, generic: bool
) -> list[Layout]:
    """The layouts of all readers of a sort that claim a file."""
    found = []
    for reader in READERS:
        if reader.is_generic == generic:
            with suppress(BadFileError):
                found.append(reader.claim(head, name, settings))
    return [layout for layout in found if layout is not None]


@pytest.mark.parametrize("file_format", SAMPLES)
def test_a_file_of_each_format_is_claimed_by_its_reader_alone(file_format: str) -> None:
    for reader in READERS:
        layout = reader.claim(*SAMPLES[file_format])
        assert (layout is not None) == (reader.name == file_format), reader.name


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_nobodys(name: str) -> None:
    assert recognise(*OTHERS[name]) is None


@pytest.mark.parametrize("name", GENERIC)
def test_generic_files_are_of_the_kind_of_their_first_times(name: str) -> None:
    layout = recognise(*GENERIC[name])
    assert layout is not None
    assert layout.format == (
        "csv with local times" if name.startswith("local") else "csv with instants"
    )
    assert layout.decided.startswith(name.split()[0])


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (["x,60", "2023-07-01 10:00:00,61", "2023-07-01T10:00:00Z,62"], "csv with local times"),
        (["", "2023-07-01T10:00:00Z,62", "2023-07-01 10:00:00,61"], "csv with instants"),
        (["2023-07-01T10:00:00"], None),
        (["2023-07-01T10:00:00,6"], "csv with local times"),
        (["x,60"] * 19 + ["2023-07-01 10:00:00,61"], "csv with local times"),
        (["x,60"] * 20 + ["2023-07-01 10:00:00,61"], None),
        (["146044566,61"], None),
        (["2023-07-01,10:00:00,61"], None),
        (["7/1/2023 10:00:00,61"], None),
    ],
)
def test_the_first_understood_time_decides(rows: list[str], kind: str | None) -> None:
    layout = recognise("\n".join(["datetime,bpm", *rows]).encode())
    assert (layout and layout.format) == kind


@pytest.mark.parametrize(
    ("header", "file_format"),
    [
        ("timestamp,value", "hr.csv"),
        ("timestamp,Heart-Rate", "hr.csv"),
        (",timestamp,value", "csv with instants"),
        ("index,Timestamp,Heart Rate", "csv with instants"),
        ("timestamp,bpm", "csv with local times"),
        (",timestamp,bpm", "csv with local times"),
        ("\ttimestamp\tvalue", "csv with instants"),
        ("timestamp\tvalue\t", "hr.csv"),
        (",datetime,value", "csv with local times"),
    ],
)
def test_a_column_called_timestamp_is_in_utc_next_to_the_names_of_hr_csv(
    header: str, file_format: str
) -> None:
    delimiter = "\t" if "\t" in header else ","
    index = ["0"] if header[0] == delimiter or header.count(delimiter) > 1 else []
    row = delimiter.join([*index, "2023-07-01 10:00:00", "61"])
    layout = recognise(f"{header}\n{row}\n".encode())
    assert layout is not None
    assert layout.format == file_format


@pytest.mark.parametrize("kind", ["local", "instants"])
@pytest.mark.parametrize("people", [True, False])
def test_named_columns_are_claimed_by_one_reader(kind: str, people: bool) -> None:
    """Which one, is decided by the first time and by a column of participants."""
    time = "2024-05-01 10:00:00" + ("Z" if kind == "instants" else "")
    head = f"Note,Who,When,Puls\nx,P1,{time},61\n".encode()
    columns = Columns("puls", timestamp="WHEN", participant="who" if people else "")
    layouts = claims(head, "any.csv", FolderFormat(columns=columns), generic=True)
    (layout,) = layouts
    assert recognise(head, "any.csv") is None
    assert (layout.reader.times == "local") == (kind == "local")
    assert layout.reader.names_participants == people
    assert layout.roles == ("", "participant" if people else "", "time", "value")


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("drop"), st.integers(0, 400), st.integers(1, 30)),
        st.tuples(st.just("double"), st.integers(0, 400), st.integers(1, 60)),
        st.tuples(st.just("column"), st.integers(0, 3), st.sampled_from([",", ";", "\t"])),
        st.tuples(
            st.just("swap"),
            st.sampled_from([b",", b";", b"\t", b" "]),
            st.sampled_from([b",", b";", b"\t", b"_"]),
        ),
        st.tuples(
            st.just("insert"),
            st.integers(0, 400),
            st.sampled_from([b"\n", b",", b'"', b"Z", b"Id,", b"time,", b"x"]),
        ),
        st.tuples(st.just("case"), st.booleans(), st.booleans()),
        st.tuples(st.just("line"), st.integers(0, 5), st.sampled_from(ALL)),
    ),
    max_size=4,
)


def edited(head: bytes, edits: list[tuple[str, object, object]]) -> bytes:
    """A head with some bytes, columns or lines changed."""
    for edit in edits:
        match edit:
            case ("drop", int(at), int(count)):
                head = head[:at] + head[at + count :]
            case ("double", int(at), int(count)):
                head = head[: at + count] + head[at:]
            case ("column", int(column), str(delimiter)):
                lines = [line.split(delimiter.encode()) for line in head.split(b"\n")]
                kept = [line[:column] + line[column + 1 :] for line in lines]
                head = b"\n".join(delimiter.encode().join(line) for line in kept)
            case ("swap", bytes(one), bytes(other)):
                head = head.replace(one, other)
            case ("insert", int(at), bytes(text)):
                head = head[:at] + text + head[at:]
            case ("case", upper, _):
                head = head.upper() if upper else head.lower()
            case ("line", int(at), (bytes(other), _)):
                others = head.split(b"\n")
                head = b"\n".join([*others[:at], other.split(b"\n")[0], *others[at:]])
    return head


@given(
    st.sampled_from(ALL),
    EDITS,
    st.sampled_from([name for _, name in ALL]),
    st.sampled_from(list(SETTINGS)),
)
def test_two_readers_never_claim_one_file(
    sample: tuple[bytes, str], edits: list[tuple[str, object, object]], name: str, settings: str
) -> None:
    head = edited(sample[0], edits)
    said = SETTINGS[settings]
    for each in ("", sample[1], name):
        specific, generic = (claims(head, each, said, generic=sort) for sort in (False, True))
        assert specific == [
            replace(layout, zone=said.zone if layout.reader.times == "local" else None)
            for layout in claims(head, each, generic=False)
        ]
        has_second_header = any(edit[0] == "line" for edit in edits)
        assert len(generic) <= 1
        assert len(specific) <= 1 or has_second_header
        if len(specific) <= 1:
            with suppress(BadFileError):
                assert recognise(head, each, said) in [*specific, *generic, None]
