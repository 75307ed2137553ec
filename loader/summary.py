"""What a person reads at the end of a run: counts that add up, the range, the time, what next."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from loader.counts import Counts
from loader.local_time import DoubtfulTimes
from loader.readers import UNDERSTOOD

if TYPE_CHECKING:
    from loader.run import RunResult
    from loader.verify import Verification

DAYS_SHOWN = 20
"""How many differing days ``verify`` lists one by one."""

KINDS_SHOWN = 12
"""How many kinds of file are named when they are passed over for the first time."""


def render_run(result: "RunResult") -> str:
    """The summary of a run."""
    lines = [
        f"run {result.run_id}: {_headline(result)}",
        *_count_lines(result.counts),
        f"  range      {_range(result.counts, result.last_ok_run)}",
        f"  seconds    {_seconds(result.seconds)}",
        *_notes(result.counts),
        *(f"  waiting    {name}: its last line has no newline yet" for name in result.waiting),
        *(f"  gone       {name}: what it gave stays" for name in result.vanished),
        *_passed_over(result.counts.files_passed_over, result.passed_over),
        *_read_otherwise(result.read_otherwise),
        f"  next       {_next_command(result)}",
    ]
    return "\n".join(lines)


def render_verification(result: "Verification") -> str:
    """What ``verify`` found, the differing days one by one."""
    wrong = [difference for difference in result.differences if difference.wrong]
    gone = sum(difference.gone for difference in result.differences)
    lines = [
        f"the files give {result.readings:,} readings on {result.days:,} participant-days (UTC)",
        *(
            f"  {day.participant_id}  {day.day}  missing {day.missing:,}  "
            f"different {day.different:,}  no longer in the files {day.gone:,}"
            for day in result.differences[:DAYS_SHOWN]
        ),
    ]
    if len(result.differences) > DAYS_SHOWN:
        lines.append(f"  … and {len(result.differences) - DAYS_SHOWN:,} more days")
    lines += [f"  {name}: its last line has no newline yet and waits" for name in result.waiting]
    if wrong:
        lines.append(f"{len(wrong):,} days differ: make ingest, or make reconcile to repair them")
    else:
        lines.append("every one of them is in heart_rate, once, with its value")
    if gone:
        lines.append(f"{gone:,} readings of heart_rate are no longer in the files; they stay")
    return "\n".join(lines)


def utc(instant: datetime | None) -> str:
    """An instant as people read it."""
    return "none" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _headline(result: "RunResult") -> str:
    if result.outcome == "staged":
        return f"{result.counts.staged:,} readings are staged and wait for dbt"
    changed = result.counts.new + result.counts.late + result.counts.corrected
    if changed:
        return f"heart_rate has {changed:,} new or corrected readings"
    return "nothing new; heart_rate is as it was"


def _count_lines(counts: Counts) -> list[str]:
    files = f"{counts.files_read:,} of {counts.files_seen:,} files read"
    parts = [
        ("new", counts.new),
        ("late", counts.late),
        ("corrected", counts.corrected),
        ("unchanged", counts.unchanged),
        ("duplicate", counts.duplicate),
        ("rejected", counts.rejected),
    ]
    width = max(len(f"{counts.read:,}"), *(len(f"{count:,}") for _, count in parts))
    return [
        f"  read       {counts.read:>{width},}  ({files})",
        *(f"  {name:<10} {count:>{width},}" for name, count in parts),
    ]


def _notes(counts: Counts) -> list[str]:
    """What a person should know of the rows although nothing is wrong."""
    lines = []
    if counts.conflicts:
        lines.append(
            f"  conflicts  {counts.conflicts:,} instants that several files give with different "
            "values; docs/formats.md says which one stands"
        )
    if counts.moved:
        lines.append(
            f"  moved      {counts.moved:,} readings around a clock change deleted at their former "
            "instant: more rows tell now which one is theirs"
        )
    if counts.local_times != DoubtfulTimes():
        lines.append(
            f"  clocks     {render_times(counts.local_times)}; docs/formats.md has the rule"
        )
    return lines


def render_times(times: DoubtfulTimes) -> str:
    """How many local times were in doubt, and what was assumed."""
    return (
        f"{times.repeated:,} rows of local times that occur twice, told apart by their order; "
        f"{times.ambiguous:,} that nothing tells apart, taken for the earlier; "
        f"{times.never:,} that never occur, read with the offset before the change"
    )


def _passed_over(count: int, new: Sequence[str]) -> list[str]:
    """All of them counted; those seen for the first time named, alike ones together."""
    if not count:
        return []
    lines = [
        f"  passed by  {count:,} files passed over: they hold no heart rate that is understood"
    ]
    if not new:
        return lines
    kinds = Counter(re.sub(r"\d+", "*", name.rsplit("/", 1)[-1]) for name in new)
    shown = [
        kind if number == 1 else f"{kind} ({number:,})"
        for kind, number in kinds.most_common(KINDS_SHOWN)
    ]
    if len(kinds) > KINDS_SHOWN:
        shown.append(f"… {len(kinds) - KINDS_SHOWN:,} kinds more in ingest.passed_over")
    return [
        *lines,
        f"             new among them: {', '.join(shown)}",
        f"             understood are: {UNDERSTOOD}",
    ]


def _read_otherwise(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return [
        f"  otherwise  {names[0]}{more}: in under another participant or time zone than the "
        "settings say now; make full-refresh ARGS=--allow-shrink reads everything anew"
    ]


def _range(counts: Counts, last_ok_run: datetime | None) -> str:
    if counts.first_timestamp is None or counts.last_timestamp is None:
        return f"up to {utc(last_ok_run)}"
    return f"{utc(counts.first_timestamp)} to {utc(counts.last_timestamp)}"


def _seconds(seconds: dict[str, float]) -> str:
    steps = ", ".join(f"{name} {spent:.1f}" for name, spent in seconds.items())
    return f"{sum(seconds.values()):.1f} ({steps})"


def _next_command(result: "RunResult") -> str:
    if result.outcome == "staged":
        return "make dbt-build, then make ingest to commit"
    if result.counts.rejected:
        return "make psql, then: select * from ingest.rejected_rows;"
    return "make psql, then: select * from heart_rate limit 5;"
