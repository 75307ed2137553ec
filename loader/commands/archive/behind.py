"""Explain a failure of the archive after a run whose readings are committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from loader.database.session import as_loader_error
from loader.errors import ArchiveBehindError, LoaderError


@contextmanager
def behind_if_failed() -> Iterator[None]:
    """Report an error as one of the archive alone, because the readings are loaded.

    Raises:
        ArchiveBehindError: the archive couldn't be written; the next run writes it.
    """
    try:
        yield
    except LoaderError as error:
        raise ArchiveBehindError(error) from error
    except psycopg2.Error as error:
        raise ArchiveBehindError(as_loader_error(error)) from error
