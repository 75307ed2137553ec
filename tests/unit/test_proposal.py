"""The format.yml that `make inspect` proposes: it can be copied, and nothing undecided counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from loader.commands.inspect.proposal import UNDECIDED, propose
from loader.errors import BadFileError
from loader.find.data_files import DataFile
from loader.find.format_file import read_format_file
from loader.readers import recognise
from loader.readers.folder_format import Columns, FolderFormat

FILE = DataFile(Path("site/a.csv"), "site/a.csv", 1, 1)


def proposed(text: str, name: str = "site/a.csv") -> list[str]:
    return propose(replace(FILE, name=name), text.encode())


def rows(header: str, row: str) -> str:
    """A table of which `{n}` counts the rows, and `{bpm}` changes."""
    return f"{header}\n" + "".join(f"{row.format(n=n, bpm=61 + n)}\n" for n in range(9))


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        (
            rows("When,Steps,Puls", "2024-05-01T10:00:0{n}Z,3{n},{bpm}"),
            FolderFormat(columns=Columns("Puls", timestamp="When")),
        ),
        (
            rows("i;Zeit;Puls", "{n};1714816800{n:03};{bpm},5"),
            FolderFormat(columns=Columns("Puls", timestamp="Zeit"), unit="milliseconds"),
        ),
        (
            rows("subject\tt\theart rate (1/min)\tconfidence", "P1\t171481680{n}\t{bpm}\t3"),
            FolderFormat(
                columns=Columns(
                    "heart rate (1/min)",
                    timestamp="t",
                    participant="subject",
                    confidence="confidence",
                ),
                unit="seconds",
            ),
        ),
    ],
)
def test_a_decided_proposal_reads_the_file(
    tmp_path: Path, text: str, settings: FolderFormat
) -> None:
    file = tmp_path / "format.yml"
    lines = proposed(text)
    assert not any(UNDECIDED in line for line in lines)
    file.write_text("\n".join(lines))
    assert read_format_file(file, "format.yml", tmp_path) == settings
    assert recognise(text.encode(), "a.csv") is None
    layout = recognise(text.encode(), "a.csv", settings)
    assert layout is not None
    assert layout.reader.is_generic


@pytest.mark.parametrize(
    ("text", "undecided"),
    [
        (rows("When,HR", "2024-05-01 10:00:0{n},{bpm}"), ["zone: Europe/Berlin"]),
        (
            rows("When,HR", "4/5/2024 10:00:0{n},{bpm}"),
            ["zone: Europe/Berlin", "day_first: true"],
        ),
        (rows("When,HR", "13.5.2024 10:00:0{n},{bpm}"), ["zone: Europe/Berlin"]),
        (
            rows("When,a,b", "2024-05-01T10:00:0{n}Z,{bpm},8{n}"),
            ['value: "a"', 'value: "b"'],
        ),
        (
            rows("begin,end,HR", "2024-05-01T10:00:0{n}Z,2024-05-01T10:00:0{n}Z,{bpm}"),
            ['timestamp: "begin"', 'timestamp: "end"'],
        ),
        (
            rows("Wer,Notiz,When,HR", "P1,n{n},2024-05-01T10:00:0{n}Z,{bpm}"),
            ['participant: "Wer"'],
        ),
        (
            rows("Wer,app,When,HR", "P1,x,2024-05-01T10:00:0{n}Z,{bpm}"),
            ['participant: "Wer"', 'participant: "app"'],
        ),
    ],
)
def test_what_is_undecided_is_marked(tmp_path: Path, text: str, undecided: list[str]) -> None:
    lines = proposed(text)
    marked = [line.strip().removeprefix(UNDECIDED) for line in lines if UNDECIDED in line]
    assert marked == undecided
    file = tmp_path / "format.yml"
    file.write_text("\n".join(lines))
    if any(":" in each and each.startswith(("value", "timestamp")) for each in undecided):
        with pytest.raises(BadFileError, match="columns needs"):
            read_format_file(file, "format.yml", tmp_path)
    else:
        assert read_format_file(file, "format.yml", tmp_path).zone is None


def test_a_date_and_a_clock() -> None:
    lines = proposed(rows("Tag;Uhr;Puls", "31.12.2024;7:00:0{n};{bpm}"))
    assert lines == [
        *("columns:", '  date: "Tag"', '  time: "Uhr"', '  value: "Puls"'),
        *(f"{UNDECIDED}zone: Europe/Berlin", "day_first: true"),
    ]


def test_what_the_folder_says_is_kept() -> None:
    settings = FolderFormat(zone="Asia/Tokyo", prefer=("Charge 6", 'a "b"'))
    text = rows("When,HR", "2024-05-01 10:00:0{n},{bpm}")
    lines = propose(replace(FILE, settings=settings), text.encode())
    assert "zone: Asia/Tokyo" in lines
    assert 'prefer: ["Charge 6", "a \\"b\\""]' in lines


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (rows("When,Steps", "2024-05-01T10:00:0{n}Z,{bpm}"), "a.csv"),
        (rows("When,HR", "2024-05-01T10:00:0{n}Z,{bpm}"), "resting_heart_rate.csv"),
        (rows("Time,Value", "4/12/2016 7:21:0{n} AM,{bpm}"), "P7_minuteSteps_2016.csv"),
        (rows("When,HR", "2024-05-01T10:00:0{n}Z,{bpm}000"), "a.csv"),
        (rows("When,HR", "yesterday,{bpm}"), "a.csv"),
        ("When,HR\n", "a.csv"),
        ('{"a": [1, 2]}', "a.json"),
        ("\0\1\2,\3", "a.bin"),
        ("", "a.csv"),
    ],
)
def test_nothing_is_proposed_for_other_files(text: str, name: str) -> None:
    assert proposed(text, name) == []
