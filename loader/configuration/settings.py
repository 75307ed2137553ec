"""The settings, read from the environment and checked once."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from loader.configuration.duration import duration_of
from loader.configuration.env_file import PROJECT, unknown_variables
from loader.configuration.memory_size import bytes_of
from loader.configuration.notify_url import url_fault
from loader.configuration.retention import retention_fault
from loader.configuration.stored_in import Shard, StoredIn
from loader.configuration.time_zones import zone_fault
from loader.errors import SettingsError

__all__ = ["PROJECT", "Settings"]

MIN_MEMORY = 64 * 10**6
"""Bytes. With 48 MB, DuckDB can't sort 600,000 readings; with 64 MB, any number (on two cores)."""

STALE_AFTER = "7 days"

NEVER = "never"
"""The value of ``STALE_AFTER`` and ``RETENTION`` with which no reading is too old."""


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    Attributes:
        data_dir: the folder with the files.
        state_dir: the folder of ``last_OK_run.json``.
        log_dir: the folder of dbt's log.
        scratch_dir: the folder for temporary files; on a disk, as they are as large as the delta.
        export_dir: the folder that an export creates.
        archive_dir: the folder of the Parquet archive, updated after every run; None for none.
        stored_in: where the readings are.
        shard: the share of the participants that this process loads; None for all.
        participant: the participant of files that don't name one.
        participant_from_folder: the first folder or archive below ``data_dir`` names it.
        time_zone: the IANA name of the zone of local times; None if it is not set.
        duckdb_memory: DuckDB's memory limit, in DuckDB's notation (``128MB``).
        lock_wait: how many seconds to wait for another session's lock in the database.
        notify_url, notify_command: whom to notify how a run ended (``loader/notify.py``).
        stale_after: how old a participant's newest reading may be; None for any age.
        retention: how much older than the newest reading a reading may be to stay in heart_rate, as
            an interval of Postgres; None for any age (docs/retention.md).
        dbt_project_dir, dbt_profiles_dir: the folders of dbt's project and profile.
    """

    data_dir: Path
    state_dir: Path
    log_dir: Path
    scratch_dir: Path
    export_dir: Path
    archive_dir: Path | None
    stored_in: StoredIn
    shard: Shard | None
    participant: str
    participant_from_folder: bool
    time_zone: str | None
    duckdb_memory: str
    lock_wait: float
    notify_url: str | None = field(repr=False)
    notify_command: str | None = field(repr=False)
    stale_after: timedelta | None
    retention: str | None
    dbt_project_dir: Path
    dbt_profiles_dir: Path

    @property
    def state_file(self) -> Path:
        """The record of the last successful run."""
        return self.state_dir / "last_OK_run.json"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings from ``environ``.

        Raises:
            SettingsError: one error that lists every fault.
        """
        faults = unknown_variables(environ, ("FITBIT_", "LOADER_"))
        participant = environ.get("FITBIT_PARTICIPANT", "me").strip()
        # A byte that is not UTF-8 reaches Python as a lone surrogate, which is not printable.
        if not participant.isprintable() or not 0 < len(participant.encode()) <= 200:
            faults.append("FITBIT_PARTICIPANT must be 1 to 200 bytes of printable text")
        participant_from = environ.get("FITBIT_PARTICIPANT_FROM") or ""
        if participant_from not in ("", "folder"):
            faults.append("FITBIT_PARTICIPANT_FROM must be folder or unset")
        time_zone = environ.get("FITBIT_TIMEZONE") or None
        if time_zone and (fault := zone_fault(time_zone)):
            faults.append(f"FITBIT_TIMEZONE {fault}")
        memory = environ.get("LOADER_MEMORY") or "128MB"
        memory_bytes = bytes_of(memory)
        if memory_bytes is None:
            faults.append("LOADER_MEMORY must be a size such as 128MB")
        elif memory_bytes < MIN_MEMORY:
            faults.append(f"LOADER_MEMORY must be {MIN_MEMORY // 10**6}MB or more, not {memory}")
        lock_wait = environ.get("LOADER_LOCK_WAIT") or "600"
        if not re.fullmatch(r"[1-9]\d{0,6}", lock_wait):
            faults.append("LOADER_LOCK_WAIT must be a number of seconds, 1 or more")
            lock_wait = "600"
        notify_url = environ.get("NOTIFY_URL") or None
        if notify_url and (fault := url_fault(notify_url)):
            faults.append(f"NOTIFY_URL {fault}")
        age = environ.get("STALE_AFTER") or STALE_AFTER
        if age != NEVER and duration_of(age) is None:
            faults.append(f"STALE_AFTER must be a duration such as 7 days or 36 hours, or {NEVER}")
        retention = (environ.get("RETENTION") or NEVER).strip().lower()
        if retention != NEVER and (fault := retention_fault(retention)):
            faults.append(f"RETENTION {fault}")
        faults += _store_faults(environ)
        if not (environ.get("PGCONNECT_TIMEOUT") or "0").isdecimal():
            faults.append("PGCONNECT_TIMEOUT must be a number of seconds")
        if faults:
            raise SettingsError(
                "; ".join(faults), "correct the environment or .env (README, Configuration)"
            )
        shard = Shard.of_text(environ.get("LOADER_SHARD") or "")
        return cls(
            data_dir=_folder(environ, "DATA_DIR", PROJECT / "data"),
            state_dir=_folder(environ, "STATE_DIR", PROJECT / "state")
            / (shard.name if shard else ""),
            log_dir=_folder(environ, "LOG_DIR", PROJECT / "logs"),
            scratch_dir=_folder(environ, "SCRATCH_DIR", _default_scratch()),
            export_dir=_folder(environ, "EXPORT_DIR", PROJECT / "export"),
            archive_dir=_optional_folder(environ, "ARCHIVE_DIR"),
            stored_in=StoredIn(environ.get("STORE") or StoredIn.TABLE),
            shard=shard,
            participant=participant,
            participant_from_folder=participant_from == "folder",
            time_zone=time_zone,
            duckdb_memory=memory,
            lock_wait=float(lock_wait),
            notify_url=notify_url,
            notify_command=environ.get("NOTIFY_COMMAND") or None,
            stale_after=duration_of(age),
            retention=None if retention == NEVER else retention,
            dbt_project_dir=_folder(environ, "DBT_PROJECT_DIR", PROJECT / "dbt_project"),
            dbt_profiles_dir=_folder(environ, "DBT_PROFILES_DIR", PROJECT / "profiles"),
        )


def _store_faults(environ: Mapping[str, str]) -> list[str]:
    stored_in, shard = environ.get("STORE") or StoredIn.TABLE, environ.get("LOADER_SHARD")
    faults = []
    if stored_in not in list(StoredIn):
        faults.append("STORE must be table or archive")
    if stored_in == StoredIn.ARCHIVE and not environ.get("ARCHIVE_DIR"):
        faults.append("STORE=archive requires ARCHIVE_DIR")
    if stored_in == StoredIn.ARCHIVE and (environ.get("RETENTION") or NEVER).lower() != NEVER:
        faults.append("RETENTION is for STORE=table: an archive keeps every reading")
    if shard and Shard.of_text(shard) is None:
        faults.append("LOADER_SHARD must be a number and a total such as 1/4")
    elif shard and stored_in != StoredIn.ARCHIVE:
        faults.append("LOADER_SHARD requires STORE=archive")
    return faults


def _folder(environ: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(environ.get(name) or default).expanduser().absolute()


def _optional_folder(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]).expanduser().absolute() if environ.get(name) else None


def _default_scratch() -> Path:
    # /tmp is in memory on many systems (for example Debian 13); /var/tmp is a disk by convention.
    var_tmp = Path("/var/tmp")
    return var_tmp if os.access(var_tmp, os.W_OK) else Path(tempfile.gettempdir())
