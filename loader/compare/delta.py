"""Find the delta: read the planned files, and other files that cover the same days."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date
from functools import partial

from loader.compare.contested_days import (
    days_around_clock_changes,
    days_of_other_preference,
    files_around_clock_changes,
    overlapping_files,
)
from loader.compare.deduplicate import (
    conflicts,
    deduplicate,
    file_days,
    latest,
    mixed_participants,
)
from loader.compare.former_settings import FormerFiles, note_perhaps_moved
from loader.compare.others import leave_out_others
from loader.compare.selected_days import select_days, selected_days
from loader.compare.selected_readings import (
    add_moved_readings,
    keep_moved_readings_from,
    select_readings,
)
from loader.errors import MixedParticipantsError
from loader.find.missing_files import days_with_missing_readings
from loader.find.search import Search
from loader.ledger.known_files import files_covering
from loader.ledger.row_counts import Counts, DoubtfulTimes
from loader.ledger.store import LoadedDays, Store
from loader.mode import Mode
from loader.read.clock_change import Change
from loader.read.clock_file import Loaded
from loader.read.parse import rejected_rows
from loader.read.parts import read_parts
from loader.read.scratch import Scratch, naive
from loader.sql import statement
from loader.wording import counted

Progress = Callable[[str, int, int], None]
"""Called with the name of the work, the bytes or rows just done, and their total."""


def find_delta(
    search: Search,
    scratch: Scratch,
    store: Store,
    loaded_days: LoadedDays | None,
    floor: date | None,
    counts: Counts,
    progress: Progress,
) -> None:
    """Read the planned parts into ``scratch`` and select the delta there.

    A selected day is decided from all files that cover it, so overlapping files are read in full.
    These may select more days, so this repeats until no more files are needed. The same applies to
    files with rows around a clock change, and to files that are loaded under other settings. The
    readings for the merge to delete are in ``scratch`` too.

    Args:
        search: has the plan; receives the files that can't be read.
        scratch: the database to fill.
        store: where the readings are.
        loaded_days: also selects the days on which the store differs from the files; None to trust
            the ledger.
        floor: the first UTC day that retention keeps; earlier days are not part of the delta.
        counts: receives the row counts that are known before the merge.
        progress: called for every block read.

    Raises:
        MixedParticipantsError: two people would become one participant.
        LoaderError: a rebuild can't read one of the files.
    """
    plan, is_rebuild = search.plan, search.mode is Mode.REBUILD
    former = FormerFiles(search, store)
    # A rebuild has no readings to delete.
    keeps_readings = not is_rebuild and store.identity() is not None
    plan.days_to_decide += days_of_other_preference(search)
    while True:
        counts.files_read = len(plan.parts)
        counts.local_times = read_files(search, scratch, store, progress)
        if keeps_readings and former.need_another_round(scratch):
            scratch.clear()
            continue
        select_days(scratch, search, loaded_days, floor)
        wanted = overlapping_files(scratch, search) | files_around_clock_changes(scratch, search)
        if not wanted:
            break
        search.read_whole(wanted)
        scratch.clear()
    if is_rebuild:
        plan.findings.require_all()
    _refuse_mixed_participants(scratch)
    select_readings(scratch)
    _complete_update(search, scratch)
    _count_rows(counts, search, scratch, floor)
    if keeps_readings:
        _add_moved_readings(search, scratch)
        former.add_moved_readings(scratch)
        note_perhaps_moved(search)
        keep_moved_readings_from(scratch, floor)


def read_files(search: Search, scratch: Scratch, store: Store, progress: Progress) -> DoubtfulTimes:
    """Read the planned parts into ``scratch`` and deduplicate their rows."""
    plan = search.plan
    total = sum(part.size for part in plan.parts.values())
    with search.opener:
        read = read_parts(
            scratch,
            search.opener,
            plan.parts.values(),
            search.attribution.zones,
            lambda done: progress("reading", done, total),
            search.limit,
        )
    for part, fault in read.faults:
        search.leave_out(part.file, fault)
    plan.update.files = [file for file in plan.update.files if file.name not in plan.parts]
    plan.update.files += read.files
    plan.update.limits = read.limits
    plan.update.scanned = sorted(plan.whole_files)
    if search.is_ours is not None:
        leave_out_others(scratch, search.is_ours)
    if search.mode is Mode.REBUILD:
        return deduplicate(scratch)
    return deduplicate(scratch, partial(_loaded_around, search, store))


def _loaded_around(search: Search, store: Store, participant_id: str, change: Change) -> Loaded:
    """A participant's loaded readings at the instants of doubtful times around a change.

    Empty unless a missing or refused file contained readings of that night. That file may have
    decided the instants, and other files must not overwrite its readings.
    """
    length = change.end - change.begin
    start, end = (
        instant.replace(tzinfo=UTC)
        for instant in (change.instant - length, change.instant + length)
    )
    days = [(participant_id, day) for day in {start.date(), change.instant.date(), end.date()}]
    missing = days_with_missing_readings(search.plan, search.attribution, search.session, days)
    if not missing or store.identity() is None:
        return {}
    return {
        naive(instant): (value, confidence)
        for instant, value, confidence in store.readings_between(participant_id, start, end)
    }


def _add_moved_readings(search: Search, scratch: Scratch) -> None:
    """Add the readings to delete at the other instant of a doubtful time.

    Excludes the days on which a missing or refused file had readings.
    """
    days = days_around_clock_changes(scratch, search.mode)
    if not days:
        return
    missing = days_with_missing_readings(search.plan, search.attribution, search.session, days)
    add_moved_readings(scratch, [day for day in days if day not in missing])


def _refuse_mixed_participants(scratch: Scratch) -> None:
    mix = mixed_participants(scratch)
    if mix is None:
        return
    raise MixedParticipantsError(
        f"{mix.one} and {mix.other} would both be participant {mix.participant_id}, but have "
        f"different values at {counted(mix.instants, 'instant')}, the first "
        f"{mix.first_timestamp:%Y-%m-%d %H:%M:%S} UTC",
        "if they are of two people, set FITBIT_PARTICIPANT_FROM=folder; if they are of one, put "
        "both into one folder, or each into a folder participant_id=…",
    )


def _count_rows(counts: Counts, search: Search, scratch: Scratch, floor: date | None) -> None:
    ((valid, rejected, rejected_kept, deduplicated, below, staged),) = scratch.rows(
        statement("compare/row_counts"), {"floor": floor}
    )
    counts.files_read = len(search.plan.parts)
    counts.read = valid + rejected
    counts.staged = staged
    counts.below_retention = below
    counts.unchanged = deduplicated - staged - below
    counts.duplicate = valid - deduplicated
    counts.rejected = rejected
    counts.rejected_not_kept = rejected - rejected_kept
    counts.conflicts = conflicts(scratch)


def _complete_update(search: Search, scratch: Scratch) -> None:
    """Add the contents of the files to the ledger update."""
    search.complete_update()
    plan, update = search.plan, search.plan.update
    update.days = file_days(scratch)
    update.rejected = rejected_rows(scratch)
    update.latest = latest(scratch)
    if plan.left_out:
        update.undecided = [
            (name, who, day)
            for name, who, day, *_ in files_covering(search.session, selected_days(scratch))
            if plan.is_left_out(name)
        ]
    participants: dict[str, set[str]] = defaultdict(set)
    for day in update.days:
        participants[day.name].add(day.participant_id)
    for place, file in enumerate(update.files):
        part = plan.parts.get(file.name)
        if part is not None:
            before = plan.known.get(file.name)
            read_as = search.attribution.read_as(part, before, participants[file.name])
            update.files[place] = replace(file, read_as=read_as)
