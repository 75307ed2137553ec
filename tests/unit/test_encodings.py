"""UTF-16 is read as UTF-8, whatever the size of what is read at a time."""

import io
from pathlib import Path

import pytest

from loader.errors import BadFileError
from loader.find import utf16 as encodings
from loader.find.data_files import describe
from loader.find.opener import Opener
from loader.find.recognition import recognise_file
from loader.find.utf16 import as_utf8, unmarked_utf16

TEXT = "timestamp,value\r\n" + "".join(
    f"2024-01-01 00:00:{n % 60:02d},6{n % 10}\n" for n in range(99)
)
ODD = TEXT + "\u00e9\u6c34\U0001f493\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("chunk", [1, 3, 1 << 20])
def test_the_stream_is_utf8(encoding: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "CHUNK", chunk)
    stream = as_utf8(io.BytesIO(f"\ufeff{ODD}".encode(encoding)))
    assert stream is not None
    assert stream.read(10) == ODD.encode()[:10]
    stream.seek(0)
    assert stream.read() == ODD.encode()


def test_what_is_no_utf16_becomes_an_escape() -> None:
    stream = as_utf8(io.BytesIO(b"\xff\xfea\0\n\0\x00\xd8b\0\n\0x"))
    assert stream is not None
    assert stream.read() == b"a\n\\x00\\xd8b\n\\x78"


@pytest.mark.parametrize("content", [b"", b"\xff", TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode()])
def test_other_files_are_left_as_they_are(content: bytes) -> None:
    stream = io.BytesIO(content)
    assert as_utf8(stream) is None
    assert stream.read() == content
    assert unmarked_utf16(content) is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_without_its_mark_it_is_named(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "hr.csv"
    path.write_bytes(TEXT.encode(encoding))
    file = describe(path, Path(path.name))
    with (
        Opener() as opener,
        opener.open(file) as opened,
        pytest.raises(BadFileError, match=r"hr\.csv: it is UTF-16 without a byte order mark"),
    ):
        recognise_file(file, opened.head)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_of_cr_alone_are_named(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("timestamp,value\r2024-01-01 00:00:00,61\r".encode(encoding))
    file = describe(path, Path(path.name))
    with (
        Opener() as opener,
        opener.open(file) as opened,
        pytest.raises(BadFileError, match=r"x\.csv: its lines end with CR alone"),
    ):
        recognise_file(file, opened.head)
