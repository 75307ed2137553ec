"""The limits on rejected rows: per file, and for those kept with their text."""

from dataclasses import dataclass

DEFAULT_ROWS = 100
DEFAULT_SHARE = 0.1
"""By default a file with more rejected rows than both the number and the share is refused."""

KEPT_PER_FILE = 1_000
KEPT_PER_RUN = 10_000
"""How many rejected rows are kept with their text, which limits memory and ledger. The others are
only counted."""


@dataclass(frozen=True)
class RejectLimit:
    """How many rejected rows a file may have.

    Attributes:
        most: the maximum; None for the default limit.
    """

    most: int | None = None

    def is_exceeded(self, rejected: int, read: int, *, appended: bool) -> bool:
        """Whether a file is refused.

        Args:
            rejected, read: row counts of the part read now, without blank lines.
            appended: the part continues loaded rows, so all of its rows may be rejected.
        """
        if self.most is not None:
            return rejected > self.most
        if rejected == read and not appended:
            return rejected > 0
        return rejected > DEFAULT_ROWS and rejected > DEFAULT_SHARE * read
