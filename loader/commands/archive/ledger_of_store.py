"""Write the ledger of an archive that is the place of the readings into that archive.

Imports no Arrow, because many runs have nothing new.
"""

import os

from loader.commands.archive.behind import behind_if_failed
from loader.commands.archive.folder import only_writer
from loader.commands.archive.position import is_ledger_current, last_ledger_run
from loader.commands.archive.store import ArchiveStore, shard_name
from loader.database.session import connect_again


def archive_ledger(store: ArchiveStore) -> None:
    """Write the ledger's files after the commit of a run, if the ledger may have changed.

    Raises:
        ArchiveBehindError: they can't be written; the next run writes them.
    """
    shard = shard_name(store.settings)
    with behind_if_failed():
        manifest = store.folder.manifest()
        if manifest is None or is_ledger_current(store.session, store.folder, manifest, shard):
            return
        write_ledger(store)


def write_ledger(store: ArchiveStore, *left_out: str) -> None:
    """Write this ledger's participants, and record in the manifest that they are written.

    Args:
        left_out: participants whose rows are dropped.
    """
    from loader.commands.archive.ledger_files import write_ledger_files
    from loader.commands.archive.update import errors_of_archive

    folder = store.folder
    with (
        connect_again(os.environ, "archive") as session,
        errors_of_archive(store.settings, folder),
        only_writer(folder),
    ):
        session.set_session("repeatable read", readonly=True, autocommit=False)
        with session:
            last_run = last_ledger_run(session)
            write_ledger_files(session, folder, store.is_ours, left_out)
        manifest = folder.begun_manifest()
        folder.write_manifest(manifest.with_ledger(shard_name(store.settings), last_run))
