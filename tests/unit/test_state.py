"""The state file: private, replaced at once or not at all, and never fatal when it is broken."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from loader.errors import CantWriteError
from loader.ledger.state import State, check_writable, read_state, write_state

INSTANT = datetime(2024, 1, 3, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "last_OK_run.json"


def fail_to_sync(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_what_is_written_is_read_and_private(file: Path) -> None:
    write_state(file, INSTANT)
    assert json.loads(file.read_text()) == {"last_OK_run": "2024-01-03T23:59:59+00:00"}
    assert read_state(file) == State(exists=True, last_ok_run=INSTANT)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_private_whatever_the_umask_and_the_old_file(file: Path) -> None:
    file.write_text("old")
    file.chmod(0o666)
    before = os.umask(0)
    try:
        write_state(file, INSTANT)
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600


def test_microseconds_and_zones_survive(file: Path) -> None:
    local = datetime(2024, 1, 1, 2, 0, 0, 250, tzinfo=timezone(timedelta(hours=2)))
    write_state(file, local)
    assert "2024-01-01T00:00:00.000250+00:00" in file.read_text()
    assert read_state(file).last_ok_run == local


def test_a_write_that_fails_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_state(file, INSTANT)
    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", fail_to_sync)
    with pytest.raises(CantWriteError, match="No space left on device") as raised:
        write_state(file, INSTANT + timedelta(days=1))
    assert file.read_bytes() == before
    assert "STATE_DIR" in raised.value.hint


def test_the_new_file_is_complete_before_it_takes_the_old_ones_place(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    real = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve().name.encode())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    write_state(file, INSTANT)
    assert synced == [b"last_OK_run.json.partial", file.parent.name.encode()]


def test_no_file_is_no_state(file: Path) -> None:
    assert read_state(file) == State(exists=False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"last_OK_run": "2024-01-0',
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b'{"last_OK_run": null}',
        b'{"last_OK_run": 1704067200}',
        b'{"last_OK_run": "yesterday"}',
        b'{"last_OK_run": "2024-02-30T00:00:00+00:00"}',
        b"\xff\xfe\0",
        b"\0" * 100,
    ],
)
def test_a_file_that_cannot_be_understood_is_reported(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    state = read_state(file)
    assert state.exists
    assert state.last_ok_run is None
    assert state.complaint is not None
    assert "last_OK_run" in state.complaint


def test_a_folder_in_the_files_place_is_reported(file: Path) -> None:
    file.mkdir()
    state = read_state(file)
    assert state.exists
    assert state.complaint


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-03T23:59:59+00:00",
        "2024-01-03T23:59:59Z",
        "2024-01-03 23:59:59",
        "2024-01-04T01:59:59+02:00",
        "2024-01-03T16:29:59-07:30",
    ],
)
def test_other_spellings_of_the_same_instant(file: Path, text: str) -> None:
    file.write_text(json.dumps({"last_OK_run": text}))
    state = read_state(file)
    assert state.last_ok_run == INSTANT
    assert state.last_ok_run.tzinfo is UTC


def test_a_folder_is_made_private_and_left_without_the_probe(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    check_writable(folder, "STATE_DIR")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []


def test_a_file_in_the_folders_place_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(CantWriteError, match="state can't be written"):
        check_writable(tmp_path / "state", "STATE_DIR")
