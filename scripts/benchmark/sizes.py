"""The sizes of a benchmark, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.benchmark.process import BenchmarkError

PARTS = ("year", "second", "history", "study", "archive", "peers")
"""The parts of a benchmark; each has its own databases and files."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of one benchmark.

    Attributes:
        repeats: how often each process is timed (REPEATS).
        days: days in the file of the first load (BENCHMARK_DAYS).
        history_days, short_days: days of the two histories to which one more day is added
            (BENCHMARK_HISTORY_DAYS, BENCHMARK_SHORT_DAYS).
        participants: participants of the study, with one day each (BENCHMARK_PARTICIPANTS).
        archive_days: daily JSON files of the archive (BENCHMARK_ARCHIVE_DAYS).
        other_files: files without heart rates (BENCHMARK_OTHER_FILES).
        step: seconds between two readings (BENCHMARK_STEP).
        parts: the PARTS to measure, separated by commas (BENCHMARK_PARTS).
    """

    repeats: int = 3
    days: int = 366
    history_days: int = 1826
    short_days: int = 30
    participants: int = 100
    archive_days: int = 957
    other_files: int = 10_000
    step: int = 1
    parts: tuple[str, ...] = PARTS

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Sizes":
        """Read the sizes from ``environ``.

        Raises:
            BenchmarkError: an invalid number, or an unknown part.
        """
        parts = tuple((environ.get("BENCHMARK_PARTS") or ",".join(PARTS)).split(","))
        if unknown := set(parts) - set(PARTS):
            raise BenchmarkError(
                f"BENCHMARK_PARTS names {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
            )
        return cls(
            repeats=_count(environ, "REPEATS", cls.repeats),
            days=_count(environ, "BENCHMARK_DAYS", cls.days),
            history_days=_count(environ, "BENCHMARK_HISTORY_DAYS", cls.history_days),
            short_days=_count(environ, "BENCHMARK_SHORT_DAYS", cls.short_days),
            participants=_count(environ, "BENCHMARK_PARTICIPANTS", cls.participants),
            archive_days=_count(environ, "BENCHMARK_ARCHIVE_DAYS", cls.archive_days),
            other_files=_count(environ, "BENCHMARK_OTHER_FILES", cls.other_files),
            step=_count(environ, "BENCHMARK_STEP", cls.step),
            parts=parts,
        )

    @property
    def command(self) -> str:
        """The command that measures these sizes again."""
        variables = {
            "REPEATS": (self.repeats, Sizes.repeats),
            "BENCHMARK_DAYS": (self.days, Sizes.days),
            "BENCHMARK_HISTORY_DAYS": (self.history_days, Sizes.history_days),
            "BENCHMARK_SHORT_DAYS": (self.short_days, Sizes.short_days),
            "BENCHMARK_PARTICIPANTS": (self.participants, Sizes.participants),
            "BENCHMARK_ARCHIVE_DAYS": (self.archive_days, Sizes.archive_days),
            "BENCHMARK_OTHER_FILES": (self.other_files, Sizes.other_files),
            "BENCHMARK_STEP": (self.step, Sizes.step),
            "BENCHMARK_PARTS": (",".join(self.parts), ",".join(Sizes.parts)),
        }
        changed = [f" {name}={own}" for name, (own, usual) in variables.items() if own != usual]
        return "make benchmark" + "".join(changed)


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise BenchmarkError(f"{name} must be an integer of at least 1, not {text}")
    return int(text)
