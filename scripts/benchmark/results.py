"""The results, and whether they meet the goals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from scripts.benchmark.process import Finished


@dataclass(frozen=True)
class Row:
    """One row of the table: a measure, its reference, its goal, and the result."""

    measure: str
    against: str
    goal: str
    measured: str
    met: bool


@dataclass
class Results:
    """Every timed process, the rows of the table, and sentences to print below it."""

    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    processes: dict[str, list[Finished]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, finished: Finished) -> Finished:
        """Add a process under the name of its task."""
        self.processes[name].append(finished)
        return finished

    def seconds(self, name: str) -> float:
        """The median wall time of the processes with this name."""
        return median(one.seconds for one in self.processes[name])

    def peak_mb(self, name: str) -> float:
        """The largest peak memory of the processes with this name."""
        return max(one.peak_mb for one in self.processes[name])

    def at_most_times(
        self, measure: str, against: str, limit: float, *, named: Sequence[str]
    ) -> None:
        """Add a ratio of two medians with the goal ``limit``; ``named``: ours, theirs."""
        ours, theirs = (self.seconds(name) for name in named)
        self.ratio_at_most(measure, against, limit, ours, theirs)

    def ratio_at_most(
        self, measure: str, against: str, limit: float, ours: float, theirs: float
    ) -> None:
        """Add a ratio of two times in seconds with the goal ``limit``."""
        ratio = ours / theirs
        self.rows.append(
            Row(
                measure,
                against,
                f"≤ {limit:g} ×",
                f"{ratio:.2f} × ({ours:.2f} s : {theirs:.2f} s)",
                ratio <= limit,
            )
        )

    def at_most_seconds(self, measure: str, seconds: Sequence[float], limit: float) -> None:
        """Add a median with a goal of at most ``limit`` seconds."""
        middle = median(seconds)
        self.rows.append(Row(measure, "", f"≤ {limit:g} s", f"{middle:.2f} s", middle <= limit))
