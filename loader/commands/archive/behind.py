"""What the failure of an archive means after a run whose readings are committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from loader.database.session import as_loader_error
from loader.errors import ArchiveBehindError, LoaderError


@contextmanager
def behind_if_failed() -> Iterator[None]:
    """Say of an error that the readings are loaded, and only the archive isn't up to date.

    Raises:
        ArchiveBehindError: the archive couldn't be written; the next run writes it.
    """
    try:
        yield
    except LoaderError as error:
        raise ArchiveBehindError(error) from error
    except psycopg2.Error as error:
        raise ArchiveBehindError(as_loader_error(error)) from error
