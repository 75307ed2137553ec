"""``state/last_OK_run.json``: the latest timestamp ingested by the last run that ended well."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loader.disk import synchronize
from loader.errors import CantWriteError

KEY = "last_OK_run"


@dataclass(frozen=True)
class State:
    """What the file says.

    Attributes:
        exists: whether there is a file at all; deleting it asks the next run to start over.
        last_ok_run: the instant it names, in UTC; None if it is missing or unreadable.
        complaint: why an existing file could not be read, else None.
    """

    exists: bool
    last_ok_run: datetime | None = None
    complaint: str | None = None


def read_state(file: Path) -> State:
    """Read the state; a file that can't be understood is reported, never fatal."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return State(exists=False)
    except (OSError, UnicodeDecodeError) as error:
        return State(exists=True, complaint=f"{file.name} can't be read ({error})")
    try:
        instant = datetime.fromisoformat(json.loads(text)[KEY])
    except (ValueError, KeyError, TypeError):
        return State(exists=True, complaint=f"{file.name} holds no valid {KEY}")
    return State(exists=True, last_ok_run=_as_utc(instant))


def write_state(file: Path, last_ok_run: datetime) -> None:
    """Replace the file so that a crash leaves the old one or the new one, never half of one.

    Raises:
        CantWriteError: the folder can't be written (or its disk is full); the old file stays.
    """
    partial = file.with_name(file.name + ".partial")
    try:
        _write_private(partial, json.dumps({KEY: last_ok_run.astimezone(UTC).isoformat()}) + "\n")
        partial.replace(file)
        synchronize(file.parent)
    except OSError as error:
        raise _cant_write(file.parent, "STATE_DIR", error) from error


def check_writable(folder: Path, variable: str) -> None:
    """Create the folder, which ``variable`` names, if needed, and prove that it can be written.

    Raises:
        CantWriteError: it can't.
    """
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(probe, "x")
        probe.unlink()
    except OSError as error:
        raise _cant_write(folder, variable, error) from error


def _as_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _cant_write(folder: Path, variable: str, error: OSError) -> CantWriteError:
    reason = error.strerror or str(error)
    return CantWriteError(
        f"{folder} can't be written: {reason}",
        f"make it writable for this user, free some space, or set {variable} to another folder",
    )
