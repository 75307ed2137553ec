"""The table of every fault tried, as the harness prints it and as docs/reliability.md shows it."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.trial import Loss

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- begin: faults -->", "<!-- end: faults -->"


@dataclass
class Line:
    """What came of one fault in one situation."""

    times: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    failed: int = 0

    def add(self, loss: Loss | None) -> None:
        """Add a trial; None where it failed before the rows could be compared."""
        self.times += 1
        if loss is None:
            self.failed += 1
            return
        self.lost += loss.lost
        self.doubled += loss.doubled
        self.wrong += loss.wrong


@dataclass
class Report:
    """The lines so far, by fault and situation."""

    lines: dict[tuple[str, str], Line] = field(default_factory=dict)

    def add(self, fault: str, situation: str, loss: Loss | None) -> None:
        self.lines.setdefault((fault, situation), Line()).add(loss)

    def render(self) -> str:
        """A Markdown table; nothing in it tells of the day or the machine."""
        rows = [
            "| fault | during | times | readings lost | doubled | wrong | trials failed |",
            "|---|---|--:|--:|--:|--:|--:|",
        ]
        rows += [
            f"| {fault} | {situation} | {line.times} | {line.lost} | {line.doubled} "
            f"| {line.wrong} | {line.failed} |"
            for (fault, situation), line in self.lines.items()
        ]
        total = sum(line.times for line in self.lines.values())
        sums = [
            sum(getattr(line, name) for line in self.lines.values())
            for name in ("lost", "doubled", "wrong", "failed")
        ]
        rows.append(f"| **all** | | {total} | " + " | ".join(map(str, sums)) + " |")
        return "\n".join(rows)


def write_page(report: Report, page: Path = PAGE) -> None:
    """Put the table between the markers of the page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n{report.render()}\n{END}{after}", encoding="utf-8")
