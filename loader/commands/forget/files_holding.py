"""Find the present files from which a run would load an erased participant again."""

import re
from collections.abc import Sequence
from dataclasses import replace

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.find.data_files import DataFile
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import named_by_path, owner_of, read_zones
from loader.find.search import Search
from loader.ledger.known_files import files_with_participant, rejected_row_filter
from loader.mode import Mode
from loader.readers import participant_in_name

ANY_ZONE = "UTC"
"""The zone for local times whose zone isn't known; the participant doesn't depend on it."""


def files_holding(
    settings: Settings, session: Connection, participant_id: str, reporter: Reporter
) -> list[str]:
    """The names of the files below ``DATA_DIR`` from which a run would load a participant.

    The ledger says what a file contained when it was loaded. For a new or changed file, the rule
    in force decides or, if its rows name participants, the rows themselves. A damaged file
    that may be theirs counts, and so does one without heart rate whose path names them, because a
    run keeps such paths.

    Raises:
        BadFileError: a ``format.yml`` that decides whose rows they are is faulty.
        LoaderError: the folder can't be read.
    """
    search = Search(settings, session, Mode.DELTA)
    plan = search.plan
    reporter.step(Step.FIND, "looking for files of the participant")
    for fault in search.look().faults:
        if fault.is_of_settings:
            # Once it is corrected, any of these files may turn out to be theirs.
            raise fault.error
    loaded = files_with_participant(session, participant_id)
    holding = {
        name
        for name, file in plan.files.items()
        if _gives(settings, search, file, participant_id, name in loaded)
    }
    holding |= {
        damaged
        for damaged in sorted(plan.left_out)
        if _may_hold(settings, damaged, participant_id)
        or any(name == damaged or name.startswith(f"{damaged}/") for name in loaded)
    }
    holding |= {
        name for name in search.names_passed_over if named_by_path(settings, name) == participant_id
    }
    unread = [
        part
        for name, part in plan.parts.items()
        if part.layout.reader.names_participants and name not in holding
    ]
    if unread:
        reporter.step(Step.READ, "reading new and changed files")
        holding |= _names_read(settings, unread, participant_id)
    return sorted(holding)


def _gives(
    settings: Settings, search: Search, file: DataFile, participant_id: str, loaded: bool
) -> bool:
    """Whether a file that is understood has readings of a participant, without reading it."""
    part, known = search.plan.parts.get(file.name), search.plan.known.get(file.name)
    if part is not None:
        loaded = loaded and part.appended
        named_by_rows, owner = part.layout.reader.names_participants, part.owner
    elif known is not None:
        named_by_rows = search.attribution.rows_name_participants(known)
        owner = search.attribution.owner_of_known(file, known)
    else:
        named_by_rows, owner = False, owner_of(settings, file)
    return loaded or (not named_by_rows and owner.participant_id == participant_id)


def _may_hold(settings: Settings, damaged: str, participant_id: str) -> bool:
    """Whether a file that can't be read, or what may be in it, is a participant's."""
    return participant_id in {
        owner_of(
            settings, DataFile(settings.data_dir, name, 0, 0), participant_in_name(name)
        ).participant_id
        for name in (damaged, f"{damaged}/")
    }


def _names_read(settings: Settings, parts: Sequence[Part], participant_id: str) -> set[str]:
    """The files whose rows name a participant, and those that turn out to be unreadable."""
    # DuckDB is imported only if there is something to read.
    from loader.compare.deduplicate import deduplicate, file_days
    from loader.read.parse import rejected_rows
    from loader.read.parts import read_parts
    from loader.read.scratch import Scratch

    zones = read_zones(settings)
    some_zone = replace(zones, default=zones.default or ANY_ZONE)
    with Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch, Opener() as opener:
        read = read_parts(scratch, opener, parts, some_zone, lambda done: None)
        deduplicate(scratch)
        named = {day.name for day in file_days(scratch) if day.participant_id == participant_id}
        generic = {part.file.name for part in parts if part.layout.reader.is_generic}
        patterns = rejected_row_filter(participant_id)
        named |= {
            row.name
            for row in rejected_rows(scratch)
            if re.search(
                str(patterns["in_any_field" if row.name in generic else "in_first_field"]), row.raw
            )
        }
    return named | {part.file.name for part, _ in read.faults}
