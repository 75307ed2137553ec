"""How much of the files a run reads."""

from enum import StrEnum


class Mode(StrEnum):
    """How much a run reads."""

    DELTA = "delta"
    """Only files that are new, or changed according to the ledger's fingerprints."""
    RECONCILE = "reconcile"
    """Every file in full, compared with the ledger's days and with the table."""
    REBUILD = "full refresh"
    """Every file in full; every reading is staged."""
    VERIFY = "verify"
    """Every file in full, only to compare it; unterminated last lines are left for the next run."""
