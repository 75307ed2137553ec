"""Describe a file that no reader claims."""

import json
import re
from collections.abc import Mapping

from loader.wording import counted

PREFIXES = (
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"),
    (b"Rar!\x1a\x07", "a rar archive: unpack it"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (xls, doc): save it as CSV"),
    (b"{\\rtf", "an RTF document"),
    (b"<?xml", "an XML document"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
"""The first bytes of known kinds of files; text is in lower case if its case doesn't matter."""

OFFICE = (
    ("xl/workbook.xml", "an Excel workbook: save it as CSV"),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a presentation"),
    ("META-INF/MANIFEST.MF", "a Java program"),
    ("AndroidManifest.xml", "an Android app"),
    ("content.xml", "an OpenDocument file: save it as CSV"),
)
"""What a zip archive is if it contains a file of this name."""

LONGEST_WITHOUT_DATA = 200
"""Bytes of an answer without data, such as ``{}`` of the Google Health API."""

EXAMPLES_SHOWN = 3

SHOWN = 60
"""How many characters of a first line are shown."""


def kind_of(head: bytes) -> str | None:
    """What a file that begins with ``head`` is; None for an unknown kind."""
    if not head.strip():
        return "empty"
    if has_no_data(head):
        return "JSON without data"
    if head[4:8] == b"ftyp":
        return "a video or an HEIC image"
    if head[:4] == b"RIFF":
        return "a recording, a video or a WebP image"
    lower = head[:64].lstrip().lower()
    for prefix, kind in PREFIXES:
        if head.startswith(prefix) or lower.startswith(prefix):
            return kind
    return None


def has_no_data(head: bytes) -> bool:
    """Whether a file is an answer without data points and without a next page."""
    if len(head) > LONGEST_WITHOUT_DATA:
        return False
    try:
        answer = json.loads(head)
    except ValueError:
        return False
    return isinstance(answer, dict) and not (
        any(answer.values()) or answer.keys() - {"dataPoints", "nextPageToken"}
    )


def kind_of_archive(names: set[str]) -> str:
    """What an archive with these members is if none of them is understood."""
    for name, kind in OFFICE:
        if name in names:
            return kind
    return f"an archive of {counted(len(names), 'file')} without heart rates in a known format"


def first_line(head: bytes) -> str:
    """The first line of a file, or the first bytes of a binary file."""
    if b"\0" in head[:512]:
        return f"the bytes {head[:8].hex(' ')}"
    line = head.removeprefix(b"\xef\xbb\xbf").strip().split(b"\n", 1)[0].strip()[:SHOWN]
    return repr(line.decode("utf-8", "backslashreplace"))


def describe_content(head: bytes) -> str:
    """What a file contains: "is a PDF document", "begins with 'date,steps'"."""
    kind = kind_of(head)
    return f"is {kind}" if kind else f"begins with {first_line(head)}"


def examples(passed_over: Mapping[str, str]) -> list[str]:
    """Some of the skipped files with their content, so that a mistake can be noticed.

    Files nearest to the top of the folder come first, because someone put them there. If the names
    of files differ only in numbers, one of them is listed.
    """
    shown: dict[str, str] = {}
    for name in sorted(passed_over, key=lambda name: (name.count("/"), name)):
        if passed_over[name]:
            shown.setdefault(name_pattern(name), f"{name}: {passed_over[name]}")
    return list(shown.values())[:EXAMPLES_SHOWN]


def name_pattern(name: str) -> str:
    """A file's name without folders and numbers: the same for the files of every day."""
    return re.sub(r"\d+", "*", name.rsplit("/", 1)[-1])
