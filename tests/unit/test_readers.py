"""Which header is hr.csv's, where its rows begin, and what is refused."""

import io
from pathlib import Path

import pytest

from loader.errors import BadFileError
from loader.files import DataFile, recognise_file
from loader.readers import recognise

ROW = b"2024-01-01 00:00:00,61.5\n"


@pytest.mark.parametrize(
    ("header", "delimiter", "lines"),
    [
        (b"timestamp,value\n", ",", 1),
        (b"timestamp,heart_rate\n", ",", 1),
        (b"timestamp,value\r\n", ",", 1),
        (b"\xef\xbb\xbftimestamp,value\n", ",", 1),
        (b'\xef\xbb\xbf"timestamp","value"\r\n', ",", 1),
        (b'"timestamp","value"\n', ",", 1),
        (b"timestamp\tvalue\n", "\t", 1),
        (b"timestamp;value\n", ";", 1),
        (b"TIMESTAMP,Value\n", ",", 1),
        (b" timestamp , value \n", ",", 1),
        (b"Heart rate of one participant\ntimestamp,value\n", ",", 2),
        (b"A title, with a comma\n\ntimestamp,value\n", ",", 3),
        (b"\xef\xbb\xbfTitle\ntimestamp,value\n", ",", 2),
        (b"1\n2\n3\n4\n5\ntimestamp,value\n", ",", 6),
    ],
)
def test_headers_of_hr_csv(header: bytes, delimiter: str, lines: int) -> None:
    layout = recognise(header + ROW)
    assert layout is not None
    assert (layout.format, layout.delimiter) == ("hr.csv", delimiter)
    assert (layout.data_offset, layout.header_lines) == (len(header), lines)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        ROW,
        b"\n",
        b"timestamp\n",
        b"timestamp,value,confidence\n",
        b"value,timestamp\n",
        b"time,value\n",
        b"timestamp,beats per minute\n",
        b"Id,Time,Value\r\n",
        b"timestamp|value\n",
        b"timestamp,,value\n",
        b"timestamp,value2\n",
        b"\xff\xfet\0i\0m\0e\0s\0t\0a\0m\0p\0,\0v\0a\0l\0u\0e\0\n\0",
        b"1\n2\n3\n4\n5\n6\ntimestamp,value\n",
        b'[{"dateTime": "05/18/15 05:25:00"}]\n',
    ],
)
def test_other_headers_are_nobodys(head: bytes) -> None:
    assert recognise(head) is None


def test_a_refusal_says_what_was_expected_and_what_was_seen() -> None:
    file = DataFile(Path("steps.csv"), "steps.csv", 10, 0)
    with pytest.raises(BadFileError) as refused:
        recognise_file(file, io.BytesIO(b"timestamp,steps\n2024-01-01,7\n"))
    assert "timestamp,value" in refused.value.what
    assert "'timestamp,steps'" in refused.value.what
    assert "steps.csv" in refused.value.what
    assert refused.value.hint


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n"])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    with pytest.raises(BadFileError, match=r"hr\.csv is empty"):
        recognise_file(DataFile(Path("hr.csv"), "hr.csv", 0, 0), io.BytesIO(content))


def test_a_header_that_ends_the_file_without_newline_is_a_header() -> None:
    layout = recognise(b"timestamp,value")
    assert layout is not None
    assert layout.data_offset >= len(b"timestamp,value")
