"""Select the participant-days that may have changed, which the run decides."""

from datetime import date

from loader.compare.deduplicate import days
from loader.find.search import Search
from loader.ledger.known_files import ParticipantDay, Span, known_days
from loader.ledger.store import LoadedDays
from loader.mode import Mode
from loader.read.scratch import Scratch, utc
from loader.sql import statement


def select_days(
    scratch: Scratch, search: Search, loaded_days: LoadedDays | None, floor: date | None
) -> None:
    """Select the days on which a file differs from the ledger; a rebuild selects every day.

    Args:
        scratch: contains the deduplicated rows.
        search: says which files were read in full.
        loaded_days: also selects the days on which the store differs from the files; None to trust
            the ledger.
        floor: the first day that retention keeps; earlier ones are not selected. None for all.
    """
    if search.mode is Mode.REBUILD:
        scratch.execute(statement("compare/select_all_days"))
    else:
        known = known_days(search.session, sorted(search.plan.whole_files))
        scratch.fill("known_days", known)
        scratch.execute(statement("compare/select_changed_days"))
        scratch.fill("selected_days", search.plan.days_to_decide)
        if loaded_days is not None:
            scratch.fill("table_days", loaded_days.compared_with(days(scratch)))
            scratch.execute(statement("compare/select_days_unlike_table"))
    if floor is not None:
        scratch.execute("delete from selected_days where day < $floor", {"floor": floor})


def selected_days(scratch: Scratch) -> list[ParticipantDay]:
    """The participant-days that this run decides."""
    return scratch.rows("select distinct participant_id, day from selected_days")


def files_by_day(scratch: Scratch) -> list[Span]:
    """The spans of the files read on the selected days."""
    return [
        (name, who, day, device, utc(first), utc(last))
        for name, who, day, device, first, last in scratch.rows(statement("compare/files_by_day"))
    ]


def clock_windows(scratch: Scratch) -> list[tuple[str, date, date]]:
    """(participant, first UTC day, last) around each clock change near which times were read."""
    return scratch.rows(statement("compare/clock_windows"))
