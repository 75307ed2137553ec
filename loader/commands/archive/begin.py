"""Begin an archive that will be the place of the readings (``STORE=archive``): fix its layout."""

import os

from loader.commands.archive.position import refuse_other_layout
from loader.commands.archive.request import Archived, ArchiveRequest
from loader.commands.archive.store import open_store
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.database.session import connect, prepare, take_lock
from loader.errors import UsageError
from loader.ledger.archive_id import refuse_other_store


def begin(settings: Settings, request: ArchiveRequest, reporter: Reporter) -> Archived:
    """Fix the layout of the archive that runs write, if there is none yet.

    Raises:
        UsageError: it is asked to compare the archive with heart_rate.
        LoaderError: the archive has another layout, or as ``open_store``.
    """
    if request.full:
        raise UsageError(
            "with STORE=archive there is no heart_rate to compare the archive with",
            "make reconcile compares it with the files in DATA_DIR",
        )
    with connect(os.environ, "archive") as session:
        reporter.step(Step.LOCK, "taking the lock")
        take_lock(session)
        prepare(session, settings.lock_wait)
        refuse_other_store(session, settings.stored_in)
        with open_store(settings, session, reporter, request) as store:
            refuse_other_layout(store.layout, request.by, request.buckets)
            return Archived(store.folder.path)
