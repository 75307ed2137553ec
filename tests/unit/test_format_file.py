"""format.yml: what it may say, and every fault as one line that says what to do."""

import itertools
import os
import tracemalloc
from pathlib import Path

import pytest

from loader.errors import BadFileError, ExitCode
from loader.find.format_file import LARGEST, read_format_file
from loader.readers.folder_format import NO_FORMAT, Columns, FolderFormat

WHOLE = """\
# The site in Auckland.
zone: Pacific/Auckland
columns: {timestamp: When, value: "Puls (1/min)", participant: Who, confidence: conf}
unit: milliseconds
day_first: true
prefer:
  - Charge 6
  - Google Pixel Watch 4 (41mm)
"""


def read(folder: Path, content: bytes | str) -> FolderFormat:
    file = folder / "format.yml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_format_file(file, "site-a/format.yml", folder)


def fault(folder: Path, content: bytes | str) -> str:
    with pytest.raises(BadFileError) as caught:
        read(folder, content)
    return one_line(caught.value)


def one_line(error: BadFileError) -> str:
    assert error.exit_code is ExitCode.BAD_INPUT
    line = str(error)
    assert line.startswith("site-a/format.yml")
    assert "correct it" in line
    assert line.isprintable()
    assert len(line) < 500
    return line


def test_every_key(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == FolderFormat(
        zone="Pacific/Auckland",
        columns=Columns("Puls (1/min)", timestamp="When", participant="Who", confidence="conf"),
        unit="milliseconds",
        day_first=True,
        prefer=("Charge 6", "Google Pixel Watch 4 (41mm)"),
    )


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("zone: UTC", FolderFormat(zone="UTC")),
        ("day_first: false", FolderFormat(day_first=False)),
        ("prefer: [Charge 6]", FolderFormat(prefer=("Charge 6",))),
        (
            "columns:\n  date: Tag\n  time: Uhrzeit\n  value: Puls\n",
            FolderFormat(columns=Columns("Puls", date="Tag", time="Uhrzeit")),
        ),
    ],
)
def test_each_key_alone(tmp_path: Path, text: str, settings: FolderFormat) -> None:
    assert read(tmp_path, text) == settings
    assert read(tmp_path, text.encode("utf-8-sig")) == settings
    assert read(tmp_path, text.encode("utf-16")) == settings
    assert read(tmp_path, text.replace("\n", "\r\n")) == settings


@pytest.mark.parametrize("text", [WHOLE, "day_first: false", "columns: {timestamp: a, value: b}"])
def test_the_ledgers_text_gives_the_same_settings(tmp_path: Path, text: str) -> None:
    settings = read(tmp_path, text)
    assert FolderFormat.of_text(settings.text) == settings
    assert FolderFormat.of_text("") == NO_FORMAT
    assert NO_FORMAT.text == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zon: UTC", ["line 1", "no key zon", "zone, columns, unit, day_first, prefer"]),
        ("# a\nzone: Europe/Berln", ["line 2", "zone must be a time zone", "Europe/Berlin?"]),
        ("zone: EST", ["zone must be a time zone", "America/New_York"]),
        ("zone: 5", ["zone must be text", '"5"']),
        ("zone: [UTC]", ["zone must be text"]),
        ("zone:", ["zone must be text"]),
        ('zone: ""', ["zone must have 1 to 200 printable characters"]),
        ("zone: UTC\nzone: UTC", ["line 2", "zone is there twice"]),
        ("unit: minutes", ["unit must be seconds or milliseconds, not minutes"]),
        ("day_first: maybe", ["day_first must be true or false"]),
        ('day_first: "true"', ["day_first must be true or false"]),
        ("prefer: Charge 6", ["prefer must be a list"]),
        ("prefer: []", ["prefer must be a list"]),
        ("prefer: [Charge 6, Charge 6]", ["prefer names Charge 6 twice"]),
        ("prefer: [6]", ["prefer must be text"]),
        ("columns: [time, value]", ["columns must have lines like"]),
        ("columns: {timestamp: a}", ["columns needs value"]),
        ("columns: {value: a}", ["columns needs timestamp, or date and time"]),
        ("columns: {value: a, date: b}", ["columns needs timestamp, or date and time"]),
        (
            "columns: {value: a, timestamp: b, time: c}",
            ["columns needs timestamp, or date and time"],
        ),
        ("columns: {value: Time, timestamp: time}", ["columns names Time twice"]),
        ("columns: {value: a, value: b, timestamp: c}", ["value is there twice"]),
        ("columns: {value: a, timestamp: b, heart: c}", ["columns has no key heart"]),
        ("unit: seconds\ncolumns: {date: a, time: b, value: c}", ["unit is for a time in one"]),
        ("zone UTC", ["lines like “key: value”"]),
        ("- zone: UTC", ["lines like “key: value”"]),
        ("zone: 'UTC", ["isn't valid YAML"]),
        ("zone: UTC\n---\nzone: UTC", ["isn't valid YAML"]),
        ("!!python/object/apply:os.system ['true']", ["lines like “key: value”"]),
        ("zone: !!python/name:os.system UTC", ["zone must be text"]),
        ("<<: {zone: UTC}", ["a key must be text"]),
        ("? [a, b]\n: c", ["a key must be text"]),
        ("", ["no settings"]),
        ("# zone: UTC\n", ["no settings"]),
    ],
)
def test_faults_name_the_key(tmp_path: Path, text: str, words: list[str]) -> None:
    line = fault(tmp_path, text)
    assert [word for word in words if word not in line] == []


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02\xff",
        bytes(range(256)),
        b"\xff\xfe\x00",
        b"zone: \xffUTC",
        b"zone: UTC\x1b[2J",
        b'zone: "U\\x1b[2JTC"',
        b"zone: " + b"x" * 10_000,
        b"[" * LARGEST,
        b"{a: " * 10_000,
        b"- " * 20_000,
        b"a" * (LARGEST + 1),
    ],
)
def test_hostile_content(tmp_path: Path, content: bytes) -> None:
    fault(tmp_path, content)


def test_aliases_that_would_grow_without_bound(tmp_path: Path) -> None:
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    names = "abcdefghijklmnop"
    for before, name in itertools.pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    tracemalloc.start()
    fault(tmp_path, "\n".join(lines))
    fault(tmp_path, "\n".join(["prefer: &a [*a]", *lines]))
    fault(tmp_path, "columns: &c {value: *c, timestamp: *c}")
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_a_file_that_is_none(tmp_path: Path) -> None:
    inside, outside = tmp_path / "data", tmp_path / "secret.yml"
    inside.mkdir()
    outside.write_text("zone: UTC")
    path = inside / "format.yml"

    def found() -> str:
        with pytest.raises(BadFileError) as caught:
            read_format_file(path, "site-a/format.yml", inside)
        return one_line(caught.value)

    path.symlink_to(outside)
    assert "outside DATA_DIR" in found()
    path.unlink()
    path.symlink_to(path)
    assert "link" in found()
    path.unlink()
    path.symlink_to(inside / "nothing")
    assert "can't be read" in found()
    path.unlink()
    os.mkfifo(path)
    assert "isn't a regular file" in found()
    path.unlink()
    path.mkdir()
    assert "it is a folder" in found()


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "format.yml"
    with file.open("wb") as stream:
        stream.truncate(300 << 20)
    tracemalloc.start()
    with pytest.raises(BadFileError) as caught:
        read_format_file(file, "site-a/format.yml", tmp_path)
    assert "more than 65,536 bytes" in one_line(caught.value)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_link_within_the_data_folder(tmp_path: Path) -> None:
    shared = tmp_path / "shared.yml"
    shared.write_text("zone: UTC")
    (tmp_path / "site-a").mkdir()
    link = tmp_path / "site-a" / "format.yml"
    link.symlink_to(shared)
    assert read_format_file(link, "site-a/format.yml", tmp_path) == FolderFormat(zone="UTC")
