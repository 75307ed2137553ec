"""What can go wrong, each with an exit code, what happened, and what to do about it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every ``loader`` command (the README's table is made from these lines)."""

    OK = 0
    """Done; also when there was nothing new."""
    DIFFERENCES = 1
    """``verify`` found readings that are missing from the table or differ from the files."""
    USAGE = 2
    """The command line was not understood."""
    DBT_FAILED = 3
    """dbt ended with an error or a failing test; the state was left where it was."""
    REFUSED = 4
    """A full refresh would lose readings or other people's objects, or files that are still there
    would bring back a participant to be erased; nothing was started."""
    BAD_INPUT = 65
    """A file can't be read or is not what it should be, or too many of its rows were rejected; the
    others loaded."""
    NO_INPUT = 66
    """There is no file to read, or none that can be opened; or no such participant."""
    DATABASE = 69
    """The database can't be reached, lacks TimescaleDB, UTF8 or resources, or failed meanwhile."""
    BUG = 70
    """An error in the loader itself."""
    OUT_OF_MEMORY = 71
    """There was not enough memory."""
    CANT_WRITE = 73
    """The state, log or scratch folder can't be written, or its disk is full."""
    LOCKED = 75
    """Another run holds the lock, or somebody else one that the run needs; try again later."""
    SETTINGS = 78
    """A setting has a value that can't be used, or ``DATA_DIR`` is not the last run's folder."""
    INTERRUPTED = 130
    """Ctrl-C; nothing is lost, the next run finds the same delta again."""


class LoaderError(Exception):
    """An error a person can act on: ``what`` happened and ``hint``, the thing to do."""

    exit_code = ExitCode.BUG

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what} — {self.hint}"


class UsageError(LoaderError):
    """A command was called without what it needs."""

    exit_code = ExitCode.USAGE


class SettingsError(LoaderError):
    """A setting (the environment, ``.env``) is missing, misspelt or has an unusable value."""

    exit_code = ExitCode.SETTINGS


class OtherDataFolderError(LoaderError):
    """``DATA_DIR`` is not the folder that the last run read."""

    exit_code = ExitCode.SETTINGS


class NoInputError(LoaderError):
    """``DATA_DIR`` holds nothing to read, or a file in it can't be opened."""

    exit_code = ExitCode.NO_INPUT


class BadFileError(LoaderError):
    """A file is refused whole: empty, or with a header that fits no known format."""

    exit_code = ExitCode.BAD_INPUT


class FileChangedError(BadFileError):
    """A file was replaced, rewritten or removed while the run worked: left for the next run."""


class MixedParticipantsError(LoaderError):
    """Two folders or archives would become one participant although they disagree."""

    exit_code = ExitCode.BAD_INPUT


class TooManyRejectedError(BadFileError):
    """More rows of a file were rejected than a run accepts; nothing of the file is merged."""


class DatabaseError(LoaderError):
    """The server can't be reached or refused a statement."""

    exit_code = ExitCode.DATABASE


class LockedError(LoaderError):
    """Another run holds the lock, or another session holds a lock that the run needs."""

    exit_code = ExitCode.LOCKED


class CantWriteError(LoaderError):
    """A folder that the run needs can't be written, or its disk is full."""

    exit_code = ExitCode.CANT_WRITE


class OutOfMemoryError(LoaderError):
    """There was not enough memory for the run."""

    exit_code = ExitCode.OUT_OF_MEMORY


class DbtFailedError(LoaderError):
    """A model or a test failed; the state stays where it was."""

    exit_code = ExitCode.DBT_FAILED


class ShrinkRefusedError(LoaderError):
    """A full refresh would end with fewer readings than the table holds."""

    exit_code = ExitCode.REFUSED


class UnknownParticipantError(LoaderError):
    """The database holds nothing of a participant."""

    exit_code = ExitCode.NO_INPUT


class FilesPresentError(LoaderError):
    """A participant was not erased, because files are there that the next run would load again."""

    exit_code = ExitCode.REFUSED


class ObjectsRefusedError(LoaderError):
    """A full refresh would drop what others have built on the tables and can't be recreated."""

    exit_code = ExitCode.REFUSED


class BrokenInvariantError(LoaderError):
    """The loader's own accounting does not add up: a bug, never bad input."""

    exit_code = ExitCode.BUG
