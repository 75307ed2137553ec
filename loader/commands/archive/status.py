"""The line of ``make status`` about the archive."""

from psycopg2.extensions import connection as Connection

from loader.commands.archive.folder import ArchiveFolder
from loader.commands.archive.manifest import Manifest
from loader.commands.archive.position import has_run, is_current
from loader.configuration.settings import Settings
from loader.configuration.stored_in import StoredIn
from loader.errors import LoaderError
from loader.ledger.archive_id import archive_id
from loader.names import printable_name


def describe_archive(session: Connection, settings: Settings) -> str | None:
    """One line; None if ``ARCHIVE_DIR`` isn't set."""
    if settings.archive_dir is None:
        return None
    name = printable_name(str(settings.archive_dir))
    try:
        manifest = ArchiveFolder(settings.archive_dir).manifest()
        if settings.stored_in is StoredIn.ARCHIVE:
            return _describe_store(session, name, manifest)
        if manifest is None or manifest.position is None:
            return f"{name}, not complete: make archive"
        if not has_run(session, manifest.position):
            return f"{name}, of another database"
        if not is_current(session, manifest.position):
            return f"{name}, behind heart_rate: make archive"
    except (LoaderError, OSError) as error:
        return f"{name}, can't be read: {error}"
    return f"{name}, written {manifest.made_at}"


def _describe_store(session: Connection, name: str, manifest: Manifest | None) -> str:
    if manifest is None or manifest.store is None or not manifest.has_runs:
        return f"{name}, not written yet: make ingest"
    if archive_id(session) != manifest.store.id:
        return f"{name}, of another ledger"
    return f"{name}, where the readings are (STORE=archive), written {manifest.made_at}"
