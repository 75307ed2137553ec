"""What a run did with the rows it read; the parts add up to the whole."""

from dataclasses import dataclass, field
from datetime import datetime

from loader.errors import BrokenInvariantError


@dataclass
class DoubtfulTimes:
    """How many rows had a doubtful local time.

    Attributes:
        repeated: it occurs twice, and the order of the rows or the table shows which one is meant.
        ambiguous: it occurs twice, and nothing shows which one is meant: the earlier one is taken.
        never: it never occurs.
    """

    repeated: int = 0
    ambiguous: int = 0
    never: int = 0

    def add(self, other: "DoubtfulTimes") -> None:
        """Add what another batch had."""
        self.repeated += other.repeated
        self.ambiguous += other.ambiguous
        self.never += other.never


@dataclass
class Counts:
    """read = new + late + corrected + unchanged + duplicate + rejected + below_retention, always.

    Attributes:
        files_seen, files_read: files that are understood, and those that had to be read.
        files_passed_over: files in ``DATA_DIR`` that no reader claims.
        read: rows in what was read; a header and a blank line are no rows.
        staged: readings handed to dbt: new + late + corrected, and those found equal by the merge.
        new: inserted, later than everything this participant had.
        late: inserted, at or before the latest reading this participant had.
        corrected: already there with another value or confidence, and updated.
        unchanged: already there as they are (staged or not).
        duplicate: another row of this run has the same participant's instant and wins, with the
            same value or another.
        rejected: not a reading.
        below_retention: of a day that retention has dropped, and not loaded.
        rejected_not_kept: how many of those are only counted; the others are kept with their text
            in ``ingest.rejected_rows``.
        moved: readings that the merge deleted, because their instant turned out to be another one.
        conflicts: instants that occur more than once with different values in the rows read, in one
            file (two data sources) or in several. Their losing rows are among ``duplicate``.
        local_times: how many rows have a local time that occurs twice or never.
        first_timestamp, last_timestamp: the range of the staged readings.
    """

    files_seen: int = 0
    files_read: int = 0
    files_passed_over: int = 0
    read: int = 0
    staged: int = 0
    new: int = 0
    late: int = 0
    corrected: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    below_retention: int = 0
    rejected_not_kept: int = 0
    moved: int = 0
    conflicts: int = 0
    local_times: DoubtfulTimes = field(default_factory=DoubtfulTimes)
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None

    def record_merge(self, new: int, late: int, corrected: int, moved: int = 0) -> None:
        """Enter what the merge did with the staged readings; the rest of them was unchanged."""
        self.new, self.late, self.corrected, self.moved = new, late, corrected, moved
        self.unchanged += self.staged - new - late - corrected

    def check(self) -> None:
        """Prove that every row read is accounted for.

        Raises:
            BrokenInvariantError: the parts do not add up.
        """
        accounted = (
            self.new
            + self.late
            + self.corrected
            + self.unchanged
            + self.duplicate
            + self.rejected
            + self.below_retention
        )
        if accounted != self.read or self.unchanged < 0:
            raise BrokenInvariantError(
                f"{self.read} rows were read but {accounted} are accounted for: {self}",
                "this is a bug in the loader; please report it with this line",
            )
