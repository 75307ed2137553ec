"""What was measured, and whether it meets its goal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from scripts.benchmark.process import Finished


@dataclass(frozen=True)
class Row:
    """One line of the table: a measure, what it is held against, its goal, and what came out."""

    measure: str
    against: str
    goal: str
    measured: str
    met: bool


@dataclass
class Results:
    """Every process that was timed, and the rows made from them."""

    rows: list[Row] = field(default_factory=list)
    processes: dict[str, list[Finished]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, finished: Finished) -> Finished:
        """Keep a process under the name of what it did."""
        self.processes[name].append(finished)
        return finished

    def seconds(self, name: str) -> float:
        """The median wall time of the processes of this name."""
        return median(one.seconds for one in self.processes[name])

    def peak_mb(self, name: str) -> float:
        """The largest peak memory of the processes of this name."""
        return max(one.peak_mb for one in self.processes[name])

    def at_most_times(
        self, measure: str, against: str, limit: float, *, named: Sequence[str]
    ) -> None:
        """A ratio of two medians that is to be at most ``limit``; ``named``: ours, theirs."""
        ours, theirs = (self.seconds(name) for name in named)
        self.ratio_at_most(measure, against, limit, ours, theirs)

    def ratio_at_most(
        self, measure: str, against: str, limit: float, ours: float, theirs: float
    ) -> None:
        """A ratio of two times in seconds that is to be at most ``limit``."""
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
        """A median that is to be at most ``limit`` seconds."""
        middle = median(seconds)
        self.rows.append(Row(measure, "", f"≤ {limit:g} s", f"{middle:.2f} s", middle <= limit))
