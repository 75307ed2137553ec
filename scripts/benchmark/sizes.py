"""How much is measured, read from the environment once."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.benchmark.process import BenchmarkError

PARTS = ("year", "history", "study", "archive")
"""What can be measured; each part has databases and files of its own."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of one benchmark.

    Attributes:
        repeats: how often each process is run and timed (REPEATS).
        days: how long the file of the first load is (BENCHMARK_DAYS).
        history_days, short_days: the two histories that one more day is added to
            (BENCHMARK_HISTORY_DAYS, BENCHMARK_SHORT_DAYS).
        participants: how many people's day is loaded at once (BENCHMARK_PARTICIPANTS).
        archive_days: how many daily JSON files are loaded at once (BENCHMARK_ARCHIVE_DAYS).
        step: seconds between two readings (BENCHMARK_STEP).
        parts: which of PARTS to measure (BENCHMARK_PARTS, with commas).
    """

    repeats: int = 3
    days: int = 366
    history_days: int = 1826
    short_days: int = 30
    participants: int = 100
    archive_days: int = 957
    step: int = 1
    parts: tuple[str, ...] = PARTS

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Sizes":
        """Read the sizes from ``environ``.

        Raises:
            BenchmarkError: a number that is none, or a part that does not exist.
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
            "BENCHMARK_STEP": (self.step, Sizes.step),
            "BENCHMARK_PARTS": (",".join(self.parts), ",".join(Sizes.parts)),
        }
        changed = [f" {name}={own}" for name, (own, usual) in variables.items() if own != usual]
        return "make benchmark" + "".join(changed)


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise BenchmarkError(f"{name} must be a whole number from 1, not {text}")
    return int(text)
