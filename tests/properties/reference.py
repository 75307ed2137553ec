"""What the table must hold after each run, reckoned naively from the files' lines alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.properties.folder import File, Folder, Line, winners

Table = dict[datetime, float]
Rejected = set[tuple[str, int, str]]
"""(file, line, text)."""


@dataclass
class Reference:
    """The model of what has been ingested; one participant.

    Attributes:
        seen: each file's status at the last commit; a last line without its newline is taken once
            its file stayed as it was from one commit to the next run.
        latest: the latest timestamp in the table at the last commit.
        latest_is_sure: not after a run that committed and died.
        certain: instants that the table must hold, whatever became of the files.
        may_hold: what the table may hold for an instant that is no longer in the files.
    """

    folder: Folder
    seen: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    latest: datetime | None = None
    latest_is_sure: bool = True
    certain: set[datetime] = field(default_factory=set)
    may_hold: dict[datetime, set[float]] = field(default_factory=dict)

    @property
    def accepted(self) -> dict[str, File]:
        """The files that a run reads, in the order in which they win."""
        files = self.folder.files
        return {name: files[name] for name in sorted(files) if not files[name].is_refused}

    @property
    def refuses(self) -> bool:
        return len(self.accepted) < len(self.folder.files)

    def taken(self) -> dict[str, list[Line]]:
        """The lines that a run takes now."""
        return {
            name: [
                *file.lines,
                *([file.half] if file.half and self.seen.get(name) == file.status else []),
            ]
            for name, file in self.accepted.items()
        }

    def table(self) -> Table:
        """The winning value of every instant in the files."""
        return winners(list(self.taken().values()))

    def rejected(self) -> Rejected:
        return {
            (name, number, line.text)
            for name, lines in self.taken().items()
            for number, line in enumerate(lines, start=2)
            if line.is_row and line.instant is None
        }

    def lose_table(self) -> None:
        self.certain, self.may_hold = set(), {}

    def crashed(self) -> None:
        """A run died: it may have merged what it read, and the ledger may not know."""
        for instant, value in self.table().items():
            self._allow(instant, value)

    def committed(self) -> None:
        """A run got its ledger into the database."""
        self.latest_is_sure = False
        self.seen = {name: file.status for name, file in self.accepted.items()}

    def check_table(self, held: Table) -> None:
        """After a run that ended well: exactly what the files give, and what vanished gave."""
        given = self.table()
        for instant, value in given.items():
            assert held.get(instant) == value, f"{instant}: {held.get(instant)} not {value}"
        for instant in held.keys() - given.keys():
            allowed = self.may_hold.get(instant, set())
            assert held[instant] in allowed, f"{instant}: {held[instant]} from nowhere"
        assert self.certain <= held.keys(), f"lost: {self.certain - held.keys()}"

    def accept_table(self, held: Table) -> None:
        """The table was right; what it holds now has to stay."""
        self.committed()
        self.latest, self.latest_is_sure = max(held, default=None), True
        self.certain = set(held)
        self.may_hold = {instant: {value} for instant, value in held.items()}

    def _allow(self, instant: datetime, value: float) -> None:
        self.may_hold.setdefault(instant, set()).add(value)


def rows(lines: Iterable[Line]) -> int:
    return sum(line.is_row for line in lines)
