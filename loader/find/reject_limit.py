"""How many rejected rows a file may have, and how many of them are kept with their text."""

from dataclasses import dataclass

SOME_ROWS = 100
SOME_SHARE = 0.1
"""By default a file may have so many rejected rows, or such a share of its rows."""

KEPT_OF_A_FILE = 1_000
KEPT_OF_A_RUN = 10_000
"""Rejected rows kept with their text, so that memory and ledger stay small whatever is in a file.
The others are counted."""


@dataclass(frozen=True)
class RejectLimit:
    """When a file is refused for its rejected rows.

    Attributes:
        most: more than this many; None for the default rule.
    """

    most: int | None = None

    def is_exceeded(self, rejected: int, read: int, *, appended: bool) -> bool:
        """Whether what was read of a file is refused.

        Args:
            rejected, read: of the rows read now, blank lines left out.
            appended: they continue what is loaded, so they may all be rejected.
        """
        if self.most is not None:
            return rejected > self.most
        if rejected == read and not appended:
            return rejected > 0
        return rejected > SOME_ROWS and rejected > SOME_SHARE * read
