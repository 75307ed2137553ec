"""How much of the files a run looks at."""

from enum import StrEnum


class Mode(StrEnum):
    """How much a run looks at."""

    DELTA = "delta"
    """Only what is new or changed by the ledger's fingerprints."""
    RECONCILE = "reconcile"
    """Every file in full, against the ledger's days and against the table."""
    REBUILD = "full refresh"
    """Every file in full, all of it staged."""
    VERIFY = "verify"
    """Every file in full, only to be compared: what waits for the next run still waits."""
