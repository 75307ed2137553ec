"""Every setting, read from the environment once and checked as a whole."""

import difflib
import math
import os
import re
import tempfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_letters
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from loader.errors import SettingsError

PROJECT = Path(__file__).resolve().parent.parent

OWN_VARIABLES = (
    "DATA_DIR",
    "STATE_DIR",
    "LOG_DIR",
    "SCRATCH_DIR",
    "FITBIT_PARTICIPANT",
    "FITBIT_PARTICIPANT_FROM",
    "FITBIT_TIMEZONE",
    "LOADER_MEMORY",
    "LOADER_LOCK_WAIT",
)
"""The variables of this project besides libpq's; ``FITBIT_`` and ``LOADER_`` are its prefixes."""

LEAST_MEMORY = 64 * 10**6
"""With 48 MB, DuckDB can't put 600,000 readings in order; with 64 MB, any number (on two cores)."""

OTHERS_VARIABLES = ("FITBIT_LOADER_PASSWORD",)
"""Variables with our prefixes that others read (``scripts/roles.sql``)."""


@dataclass(frozen=True)
class Settings:
    """One run's settings.

    Attributes:
        data_dir: the folder whose files are read.
        state_dir: where ``last_OK_run.json`` is kept.
        log_dir: where dbt writes its log.
        scratch_dir: where the run's temporary files go (on a disk: they are as large as the delta).
        participant: who wore the device where nothing else says it.
        participant_from_folder: the first folder or archive below ``data_dir`` says it.
        time_zone: the IANA name of the zone of local times; None if it is not set.
        duckdb_memory: DuckDB's memory limit, in DuckDB's notation (``128MB``).
        lock_wait: how many seconds to wait for somebody else's lock in the database.
        dbt_project_dir, dbt_profiles_dir: where dbt finds its project and its profile.
    """

    data_dir: Path
    state_dir: Path
    log_dir: Path
    scratch_dir: Path
    participant: str
    participant_from_folder: bool
    time_zone: str | None
    duckdb_memory: str
    lock_wait: float
    dbt_project_dir: Path
    dbt_profiles_dir: Path

    @property
    def state_file(self) -> Path:
        """Where the last OK run is recorded."""
        return self.state_dir / "last_OK_run.json"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings from ``environ``.

        Raises:
            SettingsError: one error that lists every fault found.
        """
        faults = [*_misspelt(environ)]
        participant = environ.get("FITBIT_PARTICIPANT", "me").strip()
        # A byte that is no UTF-8 reaches Python as a lone surrogate, which is not printable either.
        if not participant.isprintable() or not 0 < len(participant.encode()) <= 200:
            faults.append("FITBIT_PARTICIPANT must be 1 to 200 bytes of text")
        participant_from = environ.get("FITBIT_PARTICIPANT_FROM") or ""
        if participant_from not in ("", "folder"):
            faults.append("FITBIT_PARTICIPANT_FROM must be folder, or not be set")
        time_zone = environ.get("FITBIT_TIMEZONE") or None
        if time_zone and not _is_time_zone(time_zone):
            faults.append(
                f"FITBIT_TIMEZONE must be a time zone as Europe/Berlin is, not {time_zone}"
            )
        memory = environ.get("LOADER_MEMORY") or "128MB"
        if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", memory, re.IGNORECASE):
            faults.append("LOADER_MEMORY must be a size such as 128MB")
        elif _bytes(memory) < LEAST_MEMORY:
            faults.append(f"LOADER_MEMORY must be {LEAST_MEMORY // 10**6}MB or more, not {memory}")
        lock_wait = environ.get("LOADER_LOCK_WAIT") or "600"
        if not re.fullmatch(r"[1-9]\d{0,6}", lock_wait):
            faults.append("LOADER_LOCK_WAIT must be a number of seconds, 1 or more")
            lock_wait = "600"
        if not (environ.get("PGCONNECT_TIMEOUT") or "0").isdecimal():
            faults.append("PGCONNECT_TIMEOUT must be a number of seconds")
        if faults:
            raise SettingsError(
                "; ".join(faults), "correct the environment (README, Configuration)"
            )
        return cls(
            data_dir=_folder(environ, "DATA_DIR", PROJECT / "data"),
            state_dir=_folder(environ, "STATE_DIR", PROJECT / "state"),
            log_dir=_folder(environ, "LOG_DIR", PROJECT / "logs"),
            scratch_dir=_folder(environ, "SCRATCH_DIR", _default_scratch()),
            participant=participant,
            participant_from_folder=participant_from == "folder",
            time_zone=time_zone,
            duckdb_memory=memory,
            lock_wait=float(lock_wait),
            dbt_project_dir=_folder(environ, "DBT_PROJECT_DIR", PROJECT / "dbt_project"),
            dbt_profiles_dir=_folder(environ, "DBT_PROFILES_DIR", PROJECT / "profiles"),
        )


def read_password_file(environ: MutableMapping[str, str]) -> None:
    """Set ``PGPASSWORD`` from the file that ``PGPASSWORD_FILE`` names, as containers hand secrets.

    Raises:
        SettingsError: the file can't be read.
    """
    file = environ.get("PGPASSWORD_FILE")
    if not file or environ.get("PGPASSWORD"):
        return
    try:
        environ["PGPASSWORD"] = Path(file).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise SettingsError(
            f"PGPASSWORD_FILE {file} can't be read: {error.strerror}",
            "correct the name or the file's permissions",
        ) from error


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _bytes(size: str) -> float:
    """How many bytes a size in DuckDB's notation is: KB is 1000, KiB is 1024."""
    number = size.rstrip(ascii_letters + " ")
    unit = size.removeprefix(number).strip().upper()
    step = 1024.0 if "I" in unit else 1000.0
    return float(number) * math.pow(step, "KMGT".index(unit[0]) + 1)


def _folder(environ: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(environ.get(name) or default).expanduser().absolute()


def _default_scratch() -> Path:
    # /tmp is memory on many systems (Debian 13 among them); /var/tmp is a disk by convention.
    var_tmp = Path("/var/tmp")
    return var_tmp if os.access(var_tmp, os.W_OK) else Path(tempfile.gettempdir())


def _misspelt(environ: Mapping[str, str]) -> list[str]:
    """Name each variable with one of our prefixes that is not one of our variables."""
    faults = []
    known = OWN_VARIABLES + OTHERS_VARIABLES
    for name in environ:
        if name.startswith(("FITBIT_", "LOADER_")) and name not in known:
            near = difflib.get_close_matches(name, OWN_VARIABLES, n=1)
            faults.append(f"{name} is not a setting" + (f" (is {near[0]} meant?)" if near else ""))
    return faults
