"""The errors: each has an exit code, says what happened, and has a hint."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every ``loader`` command; the README lists them too."""

    OK = 0
    """Success, or nothing new."""
    CHECK_FAILED = 1
    """``verify`` found readings that are missing from the table or differ from the files;
    ``status`` found that the last run failed or that readings are stale."""
    USAGE = 2
    """The command line is invalid."""
    DBT_FAILED = 3
    """dbt ended with an error or a failing test; the state is unchanged."""
    REFUSED = 4
    """A full refresh would lose readings or objects that others created, the files of a
    participant to erase still exist, an export exists already, or the archive belongs to another
    database, has another layout or would lose days. Also if ``STORE`` isn't what the database was
    begun with, or the command doesn't work with it. Nothing was changed."""
    BAD_INPUT = 65
    """A file can't be read or isn't valid, too many of its rows were rejected, or pages of an
    answer are missing. Everything else was loaded."""
    NO_INPUT = 66
    """There is no file that can be read, or no such participant."""
    DATABASE = 69
    """The database can't be reached, lacks TimescaleDB, UTF8 or resources, can't read its
    compressed chunks, or failed. Also if a program is missing: Java for ``make spark-build``."""
    BUG = 70
    """A bug in the loader."""
    OUT_OF_MEMORY = 71
    """This machine doesn't have enough memory."""
    CANT_WRITE = 73
    """The state, log or scratch folder isn't writable, or its disk is full."""
    LOCKED = 75
    """Another run holds the lock, or another session holds a lock that the run needs."""
    SETTINGS = 78
    """A setting has an invalid value, or ``DATA_DIR`` isn't the folder of the last run."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM; the next run finds the same delta again."""


INTERRUPTED = "interrupted — the next run continues"
"""The message of an interrupted run, which the ledger records too."""


class LoaderError(Exception):
    """An error that the user can act on: ``what`` happened, and a ``hint`` what to do."""

    exit_code = ExitCode.BUG

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what} — {self.hint}"


class UsageError(LoaderError):
    """A command was called without a required argument."""

    exit_code = ExitCode.USAGE


class SettingsError(LoaderError):
    """A setting (in the environment or ``.env``) is missing, misspelt or has an invalid value."""

    exit_code = ExitCode.SETTINGS


class OtherDataFolderError(LoaderError):
    """``DATA_DIR`` isn't the folder of the last run."""

    exit_code = ExitCode.SETTINGS


class NoInputError(LoaderError):
    """``DATA_DIR`` has no file to read, or a file in it can't be opened."""

    exit_code = ExitCode.NO_INPUT


COPY_AGAIN = "download or copy it again, or take it out of the folder"
"""The hint for a damaged file."""

EXPORT_AGAIN = "export it again, or take it out of the folder"
"""The hint for a complete file whose content is not what its format says."""


class BadFileError(LoaderError):
    """A file is refused, for example because it is empty or has an unknown header."""

    exit_code = ExitCode.BAD_INPUT


class IncompleteError(LoaderError):
    """An answer is loaded, but some of its pages are missing."""

    exit_code = ExitCode.BAD_INPUT


class FileChangedError(BadFileError):
    """A file was replaced, rewritten or removed during the run; the next run reads it."""


class MixedParticipantsError(LoaderError):
    """Two folders or archives have the same participant but contradict each other."""

    exit_code = ExitCode.BAD_INPUT


class TooManyRejectedError(BadFileError):
    """A file has more rejected rows than the limit allows; none of its rows is loaded."""


class DatabaseError(LoaderError):
    """The server can't be reached, or a statement failed."""

    exit_code = ExitCode.DATABASE


class LockedError(LoaderError):
    """Another run holds the lock, or another session holds a lock that the run needs."""

    exit_code = ExitCode.LOCKED


class CantWriteError(LoaderError):
    """A folder that the run needs isn't writable, or its disk is full."""

    exit_code = ExitCode.CANT_WRITE


class OutOfMemoryError(LoaderError):
    """This machine doesn't have enough memory for the run."""

    exit_code = ExitCode.OUT_OF_MEMORY


class DbtFailedError(LoaderError):
    """A model or a test failed; the state is unchanged."""

    exit_code = ExitCode.DBT_FAILED


class ShrinkRefusedError(LoaderError):
    """A full refresh would drop readings that are in no file."""

    exit_code = ExitCode.REFUSED


class UnknownParticipantError(LoaderError):
    """The database has nothing of this participant."""

    exit_code = ExitCode.NO_INPUT


class FilesPresentError(LoaderError):
    """A participant was not erased, because the next run would load its files again."""

    exit_code = ExitCode.REFUSED


class ExportExistsError(LoaderError):
    """The folder to export to exists already."""

    exit_code = ExitCode.REFUSED


class ArchiveRefusedError(LoaderError):
    """The archive is of another database or layout, or would lose days."""

    exit_code = ExitCode.REFUSED


class StoreRefusedError(LoaderError):
    """``STORE`` isn't what the database was begun with, or a command doesn't work with it."""

    exit_code = ExitCode.REFUSED


class ArchiveBehindError(LoaderError):
    """A run has loaded its readings, but couldn't write them to the archive.

    Args:
        cause: why; its exit code is the run's.
    """

    def __init__(self, cause: LoaderError) -> None:
        super().__init__(
            f"the readings are loaded, but the archive isn't up to date: {cause.what}", cause.hint
        )
        self.exit_code = cause.exit_code


class ObjectsRefusedError(LoaderError):
    """A full refresh would drop objects that others created and that can't be recreated."""

    exit_code = ExitCode.REFUSED


class BrokenInvariantError(LoaderError):
    """The loader's own counts don't add up: a bug, never bad input."""

    def __init__(self, what: str, hint: str = "this is a bug in the loader") -> None:
        super().__init__(what, hint)
