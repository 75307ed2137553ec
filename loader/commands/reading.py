"""Read what the search planned: the part of a load that is the same for every store."""

from loader.compare.delta import find_delta
from loader.compare.selected_readings import StagedDay, staged_days
from loader.console import Step
from loader.find.search import Search
from loader.ledger.store import LoadedDays
from loader.ledger.zone_limits import files_with_limits, record_zone_limits
from loader.read.scratch import Scratch
from loader.run import Run


def read(run: Run, search: Search, scratch: Scratch, loaded_days: LoadedDays | None) -> None:
    """Read the files, find the delta, and record the limits of zones in them.

    Args:
        scratch: the scratch database to fill.
        loaded_days: what the store has, for a run that compares all of it; else None.

    Raises:
        LoaderError: as ``find_delta``.
    """
    with run.watch.step(Step.READ, "reading the files"):
        find_delta(
            search,
            scratch,
            run.store,
            loaded_days,
            run.floor,
            run.counts,
            run.reporter.progress,
        )
    update = search.plan.update
    known = files_with_limits(run.session) if update.limits else []
    missing = [name for name in known if search.plan.is_missing(name)]
    record_zone_limits(run.session, update.scanned, missing, update.limits)


def days_of_delta(run: Run, scratch: Scratch) -> list[StagedDay]:
    """The days of the delta; the run's counts get its range."""
    days = staged_days(scratch)
    run.counts.first_timestamp = min((day.first_timestamp for day in days), default=None)
    run.counts.last_timestamp = max((day.last_timestamp for day in days), default=None)
    return days
