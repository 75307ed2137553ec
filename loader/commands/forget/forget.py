"""Erase a participant from the database, for example after withdrawal from a study.

Everything goes in one transaction, so that a crash leaves all of it or nothing, and under the lock,
so that no run brings half of it back. What the database does not hold (the files, backups, logs) is
not touched: docs/forget.md says what there is.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.commands.archive.archive import erase_from_archive, other_archives
from loader.commands.archive.contents import days_of
from loader.commands.archive.erase import erase_from_store
from loader.commands.archive.request import Archived
from loader.commands.archive.store import read_store
from loader.commands.forget.files_holding import files_holding
from loader.configuration.settings import Settings
from loader.configuration.stored_in import StoredIn
from loader.console import Console, Reporter, Step
from loader.database import query
from loader.database.lock_wait import execute_patiently
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, prepare, take_lock
from loader.errors import FilesPresentError, UnknownParticipantError
from loader.find.data_files import discover
from loader.find.participants import is_in_seed, named_by_path, seed_file
from loader.ledger import sample
from loader.ledger.archive_id import refuse_other_store
from loader.ledger.data_folder import refuse_other_folder
from loader.ledger.known_files import latest_reading, participant_names, rejected_row_filter
from loader.ledger.state import check_writable, read_state, write_state
from loader.sql import statement
from loader.wording import counted, first_of, shown, shown_lines

SHOWN = 5
"""How many files or participants a message names."""

HEART_RATE = ("public", "heart_rate")
SEED = "participants"


@dataclass(frozen=True)
class Holdings:
    """What the database holds of a participant.

    Attributes:
        participant_id: who.
        tables: how many rows each table has, by (schema, name); only those with any.
        files: names in the ledger of files that hold only their readings; they are erased too.
        shared: names of files that also hold others' readings, each with the participants and
            zones that the ledger keeps for it.
        rejected: how many rejected rows are theirs.
        runs: the runs whose error names them or one of their files.
        in_seed: ``seeds/participants.csv`` has a row for them.
        archives: the folders of archives that may have their readings and aren't ``ARCHIVE_DIR``.
        stored: how many of their readings are in the archive, if it is the place of the readings.
    """

    participant_id: str
    tables: dict[tuple[str, str], int]
    files: list[str]
    shared: dict[str, str | None]
    rejected: int
    runs: list[int]
    in_seed: bool
    archives: list[str]
    stored: int = 0

    @property
    def readings(self) -> int:
        """How many readings they have."""
        return self.tables.get(HEART_RATE, 0) + self.stored

    @property
    def is_known(self) -> bool:
        """Whether there is more of them than a row of the seed."""
        seeds = {table for table in self.tables if table[0].endswith("marts") and table[1] == SEED}
        return bool(self.tables.keys() - seeds or self.files or self.shared or self.rejected)


def forget(
    settings: Settings,
    name: str,
    reporter: Reporter,
    agree: Callable[[Holdings], bool],
) -> Holdings | None:
    """Erase a participant.

    Args:
        settings: with the paths of the files and the state.
        name: the participant, also in the form in which messages show it.
        reporter: receives the steps.
        agree: asked with what would be erased, before the lock is taken: a person may take long
            to answer, and a nightly run must not be turned away for it.

    Returns:
        What was erased; None if ``agree`` returned false.

    Raises:
        UnknownParticipantError: the database holds nothing of them.
        FilesPresentError: there are files that would bring them back.
        OtherDataFolderError: ``DATA_DIR`` is not the folder that the last run read.
        LoaderError: another run holds the lock, or the database, the folder or the archive can't
            be used.
    """
    check_writable(settings.state_dir, "STATE_DIR")
    with (
        connect(os.environ, "forget") as session,
        locks_watched(settings.lock_wait, reporter.note),
    ):
        prepare(session, settings.lock_wait)
        refuse_other_store(session, settings.stored_in)
        # The files of another folder wouldn't be found, and would load the participant again.
        refuse_other_folder(session, settings.data_dir, "make ingest ARGS=--new-data-dir first")
        participant_id = _participant_called(session, name)
        found = _look_up(settings, session, participant_id, reporter)
        if not agree(found):
            return None
        reporter.step(Step.LOCK, "taking the lock")
        take_lock(session)
        _look_up(settings, session, participant_id, reporter)
        reporter.step(Step.ARCHIVE, "erasing from the archive")
        archived = _erase_from_archive(settings, session, participant_id, reporter)
        if archived is not None:
            reporter.note(f"archive: {archived}")
        reporter.step(Step.ERASE, "erasing")
        with session, session.cursor() as cursor:
            erased = _holdings(settings, session, participant_id)
            latest = _erase(settings, cursor, session, erased)
        _lower_state(settings, latest)
        reporter.step(Step.VACUUM, "returning the space to the system")
        _vacuum(session, erased.tables)
        return erased


def _erase_from_archive(
    settings: Settings, session: Connection, participant_id: str, reporter: Reporter
) -> Archived | None:
    if settings.stored_in is StoredIn.ARCHIVE:
        return erase_from_store(settings, session, participant_id, reporter)
    return erase_from_archive(settings, session, participant_id, reporter)


def _participant_called(session: Connection, name: str) -> str:
    """The participant of this name, or whose name is shown like this."""
    names = participant_names(session)
    alike = [known for known in names if shown(known) == name]
    return alike[0] if name not in names and len(alike) == 1 else name


def _look_up(
    settings: Settings, session: Connection, participant_id: str, reporter: Reporter
) -> Holdings:
    """What there is of a participant who can be erased.

    Raises:
        UnknownParticipantError, FilesPresentError: as ``forget``.
    """
    found = _holdings(settings, session, participant_id)
    if not found.is_known:
        names = participant_names(session)
        raise UnknownParticipantError(
            f"the database holds nothing of participant {participant_id}",
            f"name one of these: {first_of(names, SHOWN)}"
            if names
            else "it holds no readings at all",
        )
    holding = files_holding(settings, session, participant_id, reporter)
    if holding:
        raise FilesPresentError(
            f"{counted(len(holding), 'file')} below {settings.data_dir} would bring participant "
            f"{participant_id} back: {first_of(holding, SHOWN)}",
            "put a file of your own there: the sample is read only while it is alone"
            if participant_id == sample.PARTICIPANT and _is_sample_alone(settings)
            else "take them away (of a file that others share, their rows), then run it again",
        )
    return found


def _is_sample_alone(settings: Settings) -> bool:
    files = discover(settings.data_dir).files
    return bool(files) and all(file.is_sample for file in files)


def _holdings(settings: Settings, session: Connection, participant_id: str) -> Holdings:
    whose = {"participant": participant_id}
    tables = {}
    for table in query.rows(session, statement("commands/forget/participant_tables")):
        rows = query.value(session, _on_table("count_participant", table), whose)
        if rows:
            tables[table] = rows
    files, shared = _files(settings, session, participant_id)
    theirs = {"files": files, **rejected_row_filter(participant_id)}
    rejected = query.value(session, statement("commands/forget/rejected_of"), theirs)
    runs = _runs_naming(session, participant_id, files)
    in_seed = is_in_seed(settings, participant_id)
    archives = other_archives(settings, session)
    stored = 0
    if settings.stored_in is StoredIn.ARCHIVE:
        folder = read_store(settings, session, Console()).folder
        stored = sum(readings for _, readings in days_of(folder, participant_id))
    return Holdings(
        participant_id, tables, files, shared, rejected, runs, in_seed, archives, stored
    )


def _files(
    settings: Settings, session: Connection, participant_id: str
) -> tuple[list[str], dict[str, str | None]]:
    """The files that are a participant's alone, and those that others share."""
    alone, shared, whose = set(), {}, {"participant": participant_id}
    files = query.rows(session, statement("commands/forget/files_of_participant"), whose)
    for path, read_as, participants in files:
        zones = json.loads(read_as or "{}")
        if {*zones, *participants} == {participant_id}:
            alone.add(path)
        else:
            zones.pop(participant_id, None)
            shared[path] = json.dumps(zones, ensure_ascii=False) if zones else None
    of_others = query.rows(session, statement("commands/forget/paths_of_others"), whose)
    others = {path for (path,) in of_others}
    for (path,) in query.rows(session, statement("commands/forget/ledger_paths")):
        if named_by_path(settings, path) == participant_id and path not in shared.keys() | others:
            alone.add(path)
    return sorted(alone), shared


def _runs_naming(session: Connection, participant_id: str, files: Iterable[str]) -> list[int]:
    """The runs whose error names the participant or one of these files, not a longer name."""
    names = [rf"(?<!\w){re.escape(form)}(?!\w)" for form in {participant_id, shown(participant_id)}]
    paths = [rf"(?<![\w/]){re.escape(shown(file))}(?!\w)" for file in files]
    pattern = re.compile("|".join([*names, *paths]))
    failed = query.rows(session, statement("commands/forget/run_errors"))
    return [run_id for run_id, error in failed if pattern.search(error)]


def _erase(
    settings: Settings, cursor: Cursor, session: Connection, of: Holdings
) -> datetime | None:
    """Erase everything, in the caller's transaction; returns the latest reading that is left."""
    whose = {"participant": of.participant_id}
    cursor.execute(statement("commands/forget/unlimited_decompression"))
    # What waits in staging is staged again: the ledger knows nothing of it yet.
    execute_patiently(cursor, statement("stage/empty_staging"), settings.lock_wait)
    cursor.execute(statement("commands/forget/erase_run_ranges"), whose)
    cursor.execute(statement("commands/forget/erase_run_errors"), {"runs": of.runs})
    for table in of.tables:
        cursor.execute(_on_table("erase_participant", table), whose)
    cursor.execute(statement("commands/forget/load_seeds_again"))
    cursor.execute(
        statement("commands/forget/erase_rejected"),
        {"files": of.files, **rejected_row_filter(of.participant_id)},
    )
    cursor.execute(statement("commands/forget/erase_paths"), {"files": of.files})
    for path, read_as in of.shared.items():
        cursor.execute(
            statement("commands/forget/record_read_as"), {"path": path, "read_as": read_as}
        )
    left = latest_reading(session)
    latest = left[1] if left else None
    cursor.execute(statement("commands/forget/lower_watermarks"), {"latest": latest})
    cursor.execute(statement("commands/forget/record_forgotten"), {"readings": of.readings})
    return latest


def _lower_state(settings: Settings, latest: datetime | None) -> None:
    """Let the state file say what the ledger says; a missing one asks for a full comparison."""
    state = read_state(settings.state_file)
    if not state.exists or state.last_ok_run == latest:
        return
    if latest is None:
        settings.state_file.unlink()
    else:
        write_state(settings.state_file, latest)


def _vacuum(session: Connection, tables: Iterable[tuple[str, str]]) -> None:
    """Free the space of the rows, so that it is written over; autovacuum would come to it later."""
    with suppress(psycopg2.Error), session.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("vacuum {}").format(sql.Identifier(*table)))


def _on_table(name: str, table: tuple[str, str]) -> sql.Composed:
    return sql.SQL(statement(f"commands/forget/{name}")).format(table=sql.Identifier(*table))


def render_holdings(settings: Settings, of: Holdings) -> str:
    """What would be erased, for a person to agree to."""
    marts = {table: rows for table, rows in of.tables.items() if table[0] != "ingest"}
    marts.pop(HEART_RATE, None)
    where = f"{os.environ.get('PGDATABASE') or 'fitbit'} at {os.environ.get('PGHOST')}"
    return shown_lines(
        [
            f"participant {of.participant_id} in the database {where}:",
            f"  readings   {of.readings:,}",
            f"  marts      {counted(sum(marts.values()), 'row')} of {counted(len(marts), 'table')}",
            f"  ledger     {_ledger(of)}",
            f"  rejected   {counted(of.rejected, 'row')}",
            *([f"  archive    {settings.archive_dir}"] if settings.archive_dir else []),
            f"  data       {settings.data_dir}: no file there would bring them back",
            *_left(settings, of),
        ]
    )


def render_forgotten(settings: Settings, of: Holdings) -> str:
    """What was erased."""
    return shown_lines(
        [
            f"participant {of.participant_id} is erased: {counted(of.readings, 'reading')}, "
            "and everything made from them",
            *_left(settings, of),
        ]
    )


def _ledger(of: Holdings) -> str:
    files = [*of.files, *of.shared]
    text = counted(len(of.files), "file")
    if of.shared:
        text += f", and their part of {counted(len(of.shared), 'file')} that others share"
    return f"{text}: {first_of(files, SHOWN)}" if files else text


def _left(settings: Settings, of: Holdings) -> list[str]:
    """What the user has to do, because it isn't in the database."""
    lines = []
    if of.in_seed:
        lines.append(f"  your turn  {seed_file(settings)} has a row for them: delete it")
    lines += [
        f"  your turn  the archive {folder} may have their readings: make archive ARCHIVE_DIR=…"
        for folder in of.archives
    ]
    return [*lines, "  your turn  backups, logs and reports may still hold them: docs/forget.md"]
