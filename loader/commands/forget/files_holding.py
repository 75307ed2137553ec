"""Which files that are there now would bring a participant back, once erased from the database."""

import re
from collections.abc import Sequence
from dataclasses import replace

from psycopg2.extensions import connection as Connection

from loader.compare.delta import DeltaFinder
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.find.data_files import DataFile
from loader.find.opener import Opener
from loader.find.participants import named_by_path, owner_of, read_zones
from loader.ledger import files as ledger
from loader.mode import Mode
from loader.read.parts import Part, read_part_batches

ANY_ZONE = "UTC"
"""A zone for local times of which none is known: whose rows they are does not depend on it."""


def files_holding(
    settings: Settings, session: Connection, participant_id: str, reporter: Reporter
) -> list[str]:
    """The names of the files below ``DATA_DIR`` from which a run would load a participant.

    The ledger says what a file held when it was loaded. For a new or changed file, the rule in
    force decides or, where its rows name participants, the rows themselves. A damaged file
    that may be theirs counts, and so does one without heart rate whose path names them, because a
    run keeps such paths.

    Raises:
        LoaderError: the folder can't be read.
    """
    finder = DeltaFinder(settings, session, Mode.DELTA, reporter.progress)
    reporter.step(Step.FIND, "looking for files of the participant")
    finder.look()
    loaded = ledger.names_giving(session, participant_id)
    holding = {
        name
        for name, file in finder.files.items()
        if _gives(settings, finder, file, participant_id, name in loaded)
    }
    holding |= {
        damaged
        for damaged in finder.damaged
        if _may_hold(settings, damaged, participant_id)
        or any(name == damaged or name.startswith(f"{damaged}/") for name in loaded)
    }
    holding |= {
        name for name in finder.names_passed_over if named_by_path(settings, name) == participant_id
    }
    unread = [
        part
        for name, part in finder.parts.items()
        if part.layout.reader.names_participants and name not in holding
    ]
    if unread:
        reporter.step(Step.READ, "reading new and changed files")
        holding |= _names_read(settings, unread, participant_id)
    return sorted(holding)


def _gives(
    settings: Settings, finder: DeltaFinder, file: DataFile, participant_id: str, loaded: bool
) -> bool:
    """Whether a file that is understood gives readings of a participant, without reading it."""
    part, known = finder.parts.get(file.name), finder.known.get(file.name)
    if part is None:
        named_by_rows = known is not None and finder.rule.rows_name_participants(known)
    else:
        loaded = loaded and part.appended
        named_by_rows = part.layout.reader.names_participants
    by_rule = not named_by_rows and owner_of(settings, file).participant_id == participant_id
    return loaded or by_rule


def _may_hold(settings: Settings, damaged: str, participant_id: str) -> bool:
    """Whether a file that can't be read, or what may be in it, is a participant's."""
    return participant_id in {
        owner_of(settings, DataFile(settings.data_dir, name, 0, 0)).participant_id
        for name in (damaged, f"{damaged}/")
    }


def _names_read(settings: Settings, parts: Sequence[Part], participant_id: str) -> set[str]:
    """The files whose rows name a participant, and those that turn out to be unreadable."""
    # Imported here: DuckDB is only needed where there is something to read.
    from loader.read.scratch import Scratch

    zones = read_zones(settings)
    some_zone = replace(zones, default=zones.default or ANY_ZONE)
    with Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch, Opener() as opener:
        _, faults = read_part_batches(scratch, opener, parts, some_zone, lambda done: None)
        scratch.settle()
        named = {day.name for day in scratch.file_days() if day.participant_id == participant_id}
        names_them = re.compile(str(ledger.naming(participant_id)["names_them"]))
        named |= {row.name for row in scratch.rejected_rows() if names_them.match(row.raw)}
    return named | {part.file.name for part, _ in faults}
