"""A copy has as many lines as the file, each of them clean text, and a fingerprint to go on."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import BadFileError, FileChangedError
from loader.find.file_plan import last_line_end
from loader.ledger import fingerprint as fingerprints
from loader.ledger.fingerprint import Fingerprint
from loader.read import file_copy as copies
from loader.read.file_copy import LONGEST_KEPT, WINDOW, FileCopy, copy_lines

SMALL_BLOCK, SMALL_WINDOW, SMALL_KEPT = 64, 16, 8

file_bytes = st.one_of(
    st.binary(max_size=400),
    st.lists(
        st.sampled_from(
            [
                b"1,2",
                b"\n",
                b"\r",
                b"\r\n",
                b"\0",
                b"\xff",
                b"\x1e",
                b"\x1f",
                b"\xc3\xa9",
                b"x" * 70,
                b" ",
            ]
        ),
        max_size=40,
    ).map(b"".join),
)
"""Anything at all, and mixtures of what files have between and inside their lines."""


@contextmanager
def small_blocks() -> Iterator[None]:
    """Blocks so small that a short text spans many of them."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (fingerprints, copies):
            patch.setattr(module, "BLOCK", SMALL_BLOCK)
        patch.setattr(copies, "WINDOW", SMALL_WINDOW)
        patch.setattr(copies, "LONGEST_KEPT", SMALL_KEPT)
        yield


def snap(
    content: bytes, start: int = 0, known: Fingerprint | None = None, *, tail: bool = False
) -> tuple[bytes, FileCopy]:
    """The text of a copy of ``content[start:]`` and what was returned for it."""
    source = io.BytesIO(content)
    end = last_line_end(source, len(content))
    tail_end = len(content) if tail else end
    with tempfile.NamedTemporaryFile() as target:
        taken = copy_lines(
            source, Path(target.name), start, end, tail_end, known or Fingerprint(), ignore
        )
        return Path(target.name).read_bytes(), taken


def ignore(done: int) -> None:
    """A progress that nobody watches."""


def fingerprint_of(content: bytes) -> Fingerprint:
    """Made in one go, block by block."""
    made = Fingerprint()
    for start in range(0, len(content), fingerprints.BLOCK):
        made.extend(content[start : start + fingerprints.BLOCK])
    return made


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a,1\nb,2\n", b"a,1\nb,2\n"),
        (b"a,1\r\nb,2\r\n", b"a,1\nb,2\n"),
        (b"a,1\rb,2\n", b"a,1\\rb,2\n"),
        (b"a,1\r\r\n", b"a,1\\r\n"),
        (b"a\0,1\n", b"a\\x00,1\n"),
        (b"a\xff,1\n", b"a\\xff,1\n"),
        (b"a\xc3,1\n", b"a\\xc3,1\n"),
        ("é,1\n".encode(), "é,1\n".encode()),
        (b"a\x1e,1\n", b"a\\x1e,1\n"),
        (b"a\x1f,1\n", b"a\\x1f,1\n"),
        (b"\nb\n", b" \nb\n"),
        (b"a\n\nb\n", b"a\n \nb\n"),
        (b"a\n\n\n\nb\n", b"a\n \n \n \nb\n"),
        (b"a\n\n", b"a\n \n"),
        (b"\r\n\r\nb\r\n", b" \n \nb\n"),
        (b"\n\n\n", b" \n \n \n"),
        (b"", b""),
    ],
)
def test_each_line_is_cleaned_and_stays_one_line(content: bytes, text: bytes) -> None:
    copied, taken = snap(content)
    assert copied == text
    assert taken.rows == content.count(b"\n")


@given(file_bytes)
def test_lines_out_are_lines_in_for_any_bytes(content: bytes) -> None:
    whole = content[: content.rfind(b"\n") + 1]
    with small_blocks():
        copied, taken = snap(content)
        assert taken.fingerprint == fingerprint_of(whole)
    lines = copied.split(b"\n")
    assert lines.pop() == b""
    assert taken.rows == len(lines) == whole.count(b"\n")
    assert all(lines), "DuckDB would skip an empty line"
    assert not any(control in copied for control in (b"\r", b"\0", b"\x1e", b"\x1f"))
    copied.decode("utf-8")


@given(file_bytes)
def test_ordinary_lines_come_as_they_are_between_any_others(content: bytes) -> None:
    with small_blocks():
        copied, _ = snap(content + b"\n1,2\n" + content + b"\n3,4\n")
    lines = copied.split(b"\n")
    assert lines[content.count(b"\n") + 1] == b"1,2"
    assert lines[-2] == b"3,4"


@pytest.mark.parametrize("length", [SMALL_BLOCK - 1, SMALL_BLOCK, SMALL_BLOCK + 1, 5 * SMALL_BLOCK])
@pytest.mark.parametrize("before", [0, 1, SMALL_WINDOW, SMALL_BLOCK - 4])
def test_an_endless_line_over_several_blocks_is_one_line_cut_short(
    length: int, before: int
) -> None:
    first = b"a" * before + b"\n"
    with small_blocks():
        copied, taken = snap(first + b"x" * length + b"\nb\n")
    lines = copied.split(b"\n")
    assert taken.rows == 3
    assert set(lines[1]) == set(b"x")
    assert SMALL_KEPT <= len(lines[1]) <= 2 * SMALL_WINDOW
    assert lines[2:] == [b"b", b""]


def test_an_endless_line_within_a_block_is_cut_and_its_neighbours_are_not() -> None:
    copied, taken = snap(b"a,1\n" + b"x" * (3 * WINDOW) + b"\nb,2\n")
    assert copied == b"a,1\n" + b"x" * LONGEST_KEPT + b"\nb,2\n"
    assert taken.rows == 3


def test_a_line_too_long_to_be_a_reading_still_reads_as_too_long() -> None:
    assert LONGEST_KEPT > 1000  # parse_hr_csv.sql


def test_an_unterminated_last_line_is_left_alone() -> None:
    copied, taken = snap(b"a\nb\nc,6")
    assert (copied, taken.rows) == (b"a\nb\n", 2)
    assert taken.fingerprint == fingerprint_of(b"a\nb\n")


@pytest.mark.parametrize("content", [b"c,6", b"a\nb\nc,6", b"a\nb\nc,6\r"])
def test_an_unterminated_last_line_is_taken_as_a_line_but_not_fingerprinted(content: bytes) -> None:
    whole = content[: content.rfind(b"\n") + 1]
    copied, taken = snap(content, tail=True)
    assert (copied, taken.rows) == (whole + b"c,6\n", whole.count(b"\n") + 1)
    assert taken.fingerprint == fingerprint_of(whole)


@given(file_bytes, file_bytes)
def test_an_append_is_read_from_where_the_last_run_stopped(old: bytes, new: bytes) -> None:
    old += b"\n"
    with small_blocks():
        _, before = snap(old)
        copied, taken = snap(old + new, len(old), before.fingerprint)
        alone, _ = snap(new)
        whole = new[: new.rfind(b"\n") + 1]
        assert taken.fingerprint == fingerprint_of(old + whole)
    assert taken.rows == whole.count(b"\n")
    assert copied.count(b"\n") == alone.count(b"\n")


def test_a_file_that_becomes_shorter_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hr.csv"
    path.write_bytes(b"a\nb\n")
    with path.open("rb") as source, pytest.raises(BadFileError, match="became shorter"):
        copy_lines(source, tmp_path / "copy", 0, 100, 100, Fingerprint(), ignore)


@pytest.mark.parametrize("tail", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_the_last_line_end_is_found_however_long_the_line_after_it(tail: int) -> None:
    content = b"a\nb\n" + b"x" * tail
    assert last_line_end(io.BytesIO(content), len(content)) == 4
    assert last_line_end(io.BytesIO(content), 3) == 2
    assert last_line_end(io.BytesIO(b"x" * tail), tail) == 0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a,1\nb,2\nc,3\nd4,4\n", id="a longer line: the part ends within one"),
        pytest.param(b"a,1\nbb,2\nc,3\nd,4\n", id="a longer line: the part starts within one"),
        pytest.param(b"a,1\nb,9\nc,3\nd,4\n", id="a known line was corrected"),
    ],
)
def test_a_part_that_is_not_as_planned_is_not_read(tmp_path: Path, content: bytes) -> None:
    planned = b"a,1\nb,2\nc,3\nd,4\n"
    known = fingerprint_of(planned[:8])
    path = tmp_path / "hr.csv"
    path.write_bytes(content)
    end = len(planned)
    with path.open("rb") as source, pytest.raises(FileChangedError, match="was rewritten"):
        copy_lines(source, tmp_path / "copy", 8, end, end, known, ignore)
