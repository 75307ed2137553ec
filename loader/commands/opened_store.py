"""The store that the settings name, opened for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.extensions import connection as Connection

from loader.commands.archive.store import open_store, read_store
from loader.configuration.settings import Settings
from loader.configuration.stored_in import StoredIn
from loader.console import Reporter
from loader.errors import StoreRefusedError
from loader.ledger.archive_id import refuse_other_store
from loader.ledger.store import Store, TableStore

READ_THE_ARCHIVE = "read the files as the README.md there shows, or load into a table: STORE=table"
"""The hint for a command that reads its figures from the database."""


@contextmanager
def opened_store(
    settings: Settings, session: Connection, command: str, reporter: Reporter
) -> Iterator[Store]:
    """Open the store for a run.

    Raises:
        StoreRefusedError: the database isn't a ledger of this store.
        LoaderError: the archive can't be opened.
    """
    refuse_other_store(session, settings.stored_in)
    if settings.stored_in is StoredIn.TABLE:
        yield TableStore(session, command)
        return
    with open_store(settings, session, reporter) as store:
        yield store


def store_to_read(
    settings: Settings, session: Connection, command: str, reporter: Reporter
) -> Store:
    """The store for a command that changes nothing; errors as ``opened_store``."""
    refuse_other_store(session, settings.stored_in)
    if settings.stored_in is StoredIn.TABLE:
        return TableStore(session, command)
    return read_store(settings, session, reporter)


def require_table(settings: Settings, command: str, hint: str) -> None:
    """Refuse a command that needs heart_rate.

    Raises:
        StoreRefusedError: ``STORE`` is archive.
    """
    if settings.stored_in is StoredIn.ARCHIVE:
        raise StoreRefusedError(
            f"{command} needs heart_rate, and with STORE=archive the readings are in "
            f"{settings.archive_dir}",
            hint,
        )
