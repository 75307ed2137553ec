"""Choose how much a run reads: more than requested if the state of the database requires it."""

from datetime import datetime

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.console import Reporter
from loader.ledger.retention import is_lowered
from loader.ledger.runs import LastRun, has_uncommitted_merge, last_ok_run
from loader.ledger.state import State, read_state
from loader.ledger.store import Store
from loader.mode import Mode


def choose_mode(
    requested: Mode, settings: Settings, session: Connection, store: Store, reporter: Reporter
) -> Mode:
    """The requested mode, or a full comparison if the state of the database requires one.

    The database is the source of truth for what is loaded: if the state file disagrees, the run
    says so and goes by the database.
    """
    if requested is not Mode.DELTA:
        return requested
    state = read_state(settings.state_file)
    name = settings.state_file.name
    if has_uncommitted_merge(session):
        reporter.note(
            "a run ended between its merge and its commit: "
            f"every file is compared in full with {store.name}"
        )
        return Mode.RECONCILE
    if is_lowered(session):
        reporter.note(
            "a run that was to load dropped readings didn't end: "
            f"every file is compared in full with {store.name}"
        )
        return Mode.RECONCILE
    last = last_ok_run(session)
    if last is None:
        if state.last_ok_run:
            reporter.note(
                f"{name} says {_utc(state.last_ok_run)}, but no run is recorded in this database: "
                "going by the database, everything is loaded"
            )
        if store.is_as_left(None):
            return Mode.DELTA
        reporter.note(
            f"{store.name} has readings, but no run is recorded in this database: "
            "every file is compared in full with it"
        )
        return Mode.RECONCILE
    if not state.exists and last.last_ok_run is not None:
        reporter.note(f"no {name}: starting over, every file is compared in full with {store.name}")
        return Mode.RECONCILE
    _note_disagreement(state, last, name, reporter)
    if not store.is_as_left(last):
        reporter.note(
            f"{store.name} is not as the last run left it: every file is compared in full with it"
        )
        return Mode.RECONCILE
    return Mode.DELTA


def _note_disagreement(state: State, last: LastRun, name: str, reporter: Reporter) -> None:
    if state.complaint:
        reporter.note(f"{state.complaint}: going by the database")
    elif state.last_ok_run != last.last_ok_run:
        reporter.note(
            f"{name} says {_utc(state.last_ok_run)}, the database "
            f"{_utc(last.last_ok_run)}: going by the database"
        )


def _utc(instant: datetime | None) -> str:
    return "nothing" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"
