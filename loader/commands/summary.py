"""The summary of a run: counts that add up, the range, the time, and what to do next."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from loader.find.file_kinds import examples, name_pattern
from loader.find.reject_limit import KEPT_PER_FILE
from loader.ledger.row_counts import Counts, DoubtfulTimes
from loader.ledger.sample import PARTICIPANT
from loader.names import printable_name
from loader.readers import EXPECTED
from loader.wording import counted, first_of, shown_lines

if TYPE_CHECKING:
    from loader.commands.run_result import RunResult
    from loader.commands.verify.verify import Verification

DAYS_SHOWN = 20
"""How many differing days ``verify`` lists one by one."""

KINDS_SHOWN = 12
"""How many kinds of file are named when they are passed over for the first time."""

READ_AGAIN = "make full-refresh ARGS=--allow-shrink reads everything again"


def render_run(result: "RunResult") -> str:
    """The summary of a run."""
    lines = [
        f"run {result.run_id}: {_headline(result)}",
        *([f"  data       {printable_name(str(result.data_dir))}"] if result.data_dir else []),
        *_count_lines(result.counts),
        f"  range      {_range(result.counts, result.last_ok_run)}",
        f"  seconds    {_seconds(result.seconds)}",
        *_notes(result.counts),
        *(
            f"  waiting    {name}: its last line has no newline yet"
            for name in result.findings.waiting
        ),
        *(
            f"  changing   {name}: changed while it was read; left for the next run"
            for name in result.findings.changing
        ),
        *(
            f"  grown      {name}: {size / 1e9:.1f} GB of its former content were not compared; "
            "make reconcile reads all of it"
            for name, size in result.findings.not_compared.items()
        ),
        *_missing(result),
        *_no_longer_read(result.findings.no_longer_read),
        *_refused(len(result.findings.faults)),
        *_incomplete(len(result.findings.incomplete)),
        *_passed_over(
            result.counts.files_passed_over,
            {file.name: file.seen for file in result.update.passed_over},
        ),
        *_read_otherwise(result.findings.outdated),
        *([f"  marts      {result.marts}"] if result.marts else []),
        *_sample(result),
        *([f"  archive    {result.archived}"] if result.archived else []),
        *([f"  retention  {result.dropped}"] if result.dropped else []),
        f"  next       {_next_command(result)}",
    ]
    return shown_lines(lines)


def _missing(result: "RunResult") -> Iterator[str]:
    findings = result.findings
    for name in result.update.vanished:
        if name in findings.no_longer_read:
            continue
        yield f"  missing    {name}: its readings stay loaded" + (
            f"; if it is {findings.perhaps_moved[name]} now and has changed, they are at wrong "
            f"instants: {READ_AGAIN}"
            if name in findings.perhaps_moved
            else ""
        )


def _no_longer_read(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    is_loaded = "is loaded as heart rates, although its name says"
    are_loaded = "are loaded as heart rates, although their names say"
    loaded = is_loaded if len(names) == 1 else are_loaded
    return [f"  no longer  {first_of(names, 1)} {loaded} another quantity: {READ_AGAIN}"]


def render_verification(result: "Verification") -> str:
    """What ``verify`` found, the differing days one by one."""
    wrong = [difference for difference in result.differences if difference.wrong]
    gone = sum(difference.gone for difference in result.differences)
    lines = [
        f"the files contain {counted(result.readings, 'reading')} on "
        f"{counted(result.days, 'participant-day')} (UTC)",
        *(
            f"  {day.participant_id}  {day.day}  missing {day.missing:,}  "
            f"different {day.different:,}  no longer in the files {day.gone:,}"
            for day in result.differences[:DAYS_SHOWN]
        ),
    ]
    if len(result.differences) > DAYS_SHOWN:
        lines.append(f"  … and {counted(len(result.differences) - DAYS_SHOWN, 'more day')}")
    lines += [f"  {name}: its last line has no newline yet and waits" for name in result.waiting]
    if wrong:
        differ = counted(len(wrong), "day differs", "days differ")
        repaired = "it" if len(wrong) == 1 else "them"
        lines.append(f"{differ}: make reconcile repairs {repaired}")
    else:
        lines.append(f"every one of them is in {result.stored_in}, once, with its value")
    if gone:
        no_longer = f"reading of {result.stored_in} is", f"readings of {result.stored_in} are"
        lines.append(
            f"{counted(gone, *no_longer)} no longer in the files; "
            f"{'it stays' if gone == 1 else 'they stay'}"
        )
    if result.below_floor:
        below = "reading of the files is", "readings of the files are"
        lines.append(
            f"not compared: {counted(result.below_floor, *below)} from before {result.floor} "
            "(UTC), which RETENTION has dropped"
        )
    if result.sample:
        lines.append(f"not compared: {render_loaded_sample(result.sample)}")
    return shown_lines(lines)


def utc(instant: datetime | None) -> str:
    """An instant as people read it."""
    return "none" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _headline(result: "RunResult") -> str:
    if result.outcome == "staged":
        waiting = "reading is staged and waits", "readings are staged and wait"
        return f"{counted(result.counts.staged, *waiting)} for dbt"
    changed = result.counts.new + result.counts.late + result.counts.corrected
    if changed:
        return f"{result.stored_in} has {counted(changed, 'new or corrected reading')}"
    return f"nothing new; {result.stored_in} is as it was"


def _count_lines(counts: Counts) -> list[str]:
    files = f"{counts.files_read:,} of {counted(counts.files_seen, 'file')} read"
    parts = [
        ("new", counts.new),
        ("late", counts.late),
        ("corrected", counts.corrected),
        ("unchanged", counts.unchanged),
        ("duplicate", counts.duplicate),
        ("rejected", counts.rejected),
        *([("below retention", counts.below_retention)] if counts.below_retention else []),
    ]
    label = max(len("duplicate") + 1, *(len(name) for name, _ in parts))
    width = max(len(f"{counts.read:,}"), *(len(f"{count:,}") for _, count in parts))
    return [
        f"  {'read':<{label}} {counts.read:>{width},}  ({files})",
        *(f"  {name:<{label}} {count:>{width},}" for name, count in parts),
    ]


def _notes(counts: Counts) -> list[str]:
    """What a person should know about the rows, although nothing is wrong."""
    lines = []
    if counts.rejected_not_kept:
        lines.append(
            f"  not kept   {counts.rejected_not_kept:,} of the rejected rows "
            f"{'is' if counts.rejected_not_kept == 1 else 'are'} only counted: "
            f"ingest.rejected_rows has the first {KEPT_PER_FILE:,} of each file"
        )
    if counts.conflicts:
        lines.append(
            f"  conflicts  {counted(counts.conflicts, 'instant')} with more than one reading, of "
            "different values (the losing rows are among the duplicates); docs/formats.md says "
            "which row wins"
        )
    if counts.moved:
        lines.append(
            f"  moved      {counts.moved:,} readings deleted at their former instant, which later "
            "rows or a changed format.yml have corrected"
        )
    if counts.local_times != DoubtfulTimes():
        lines.append(
            f"  clocks     {render_times(counts.local_times)}; docs/formats.md has the rule"
        )
    return lines


def render_times(times: DoubtfulTimes) -> str:
    """How many local times were doubtful, and what was assumed."""
    return (
        f"{counted(times.repeated, 'row')} of local times that occur twice, decided by their "
        "order or by what is loaded; "
        f"{times.ambiguous:,} that nothing decides, taken for the earlier; "
        f"{times.never:,} that never occur, read with the offset before the change"
    )


def _refused(count: int) -> list[str]:
    if not count:
        return []
    files = counted(count, "file or archive", "files or archives")
    return [f"  refused    {files}: their readings loaded before stay"]


def _incomplete(count: int) -> list[str]:
    if not count:
        return []
    return [f"  incomplete {counted(count, 'answer')}: following pages are missing"]


def _passed_over(count: int, new: Mapping[str, str]) -> list[str]:
    """Count all skipped files, and name those seen for the first time, grouped by their names.

    Args:
        count: how many there are.
        new: those seen for the first time, each with what it is or begins with.
    """
    if not count:
        return []
    no_heart_rate = "file passed over: it holds", "files passed over: they hold"
    lines = [f"  passed by  {counted(count, *no_heart_rate)} no heart rate that is understood"]
    if not new:
        return lines
    kinds = Counter(map(name_pattern, new))
    named = [
        kind if number == 1 else f"{kind} ({number:,})"
        for kind, number in kinds.most_common(KINDS_SHOWN)
    ]
    if len(kinds) > KINDS_SHOWN:
        more = counted(len(kinds) - KINDS_SHOWN, "kind")
        named.append(f"… {more} more in ingest.passed_over")
    return [
        *lines,
        f"             new among them: {', '.join(named)}",
        *(f"             {example}" for example in examples(new)),
        f"             expected are {EXPECTED}",
    ]


def _read_otherwise(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [
        f"  otherwise  {first_of(names, 1)}: loaded under another participant or time zone than "
        f"the settings say now; {READ_AGAIN}"
    ]


def _sample(result: "RunResult") -> list[str]:
    lines = []
    if result.sample_kept:
        lines.append(f"  sample     {render_loaded_sample(result.sample_kept)}")
    if result.sample_dropped:
        lines.append(
            f"  sample     {counted(result.sample_dropped, 'reading')} of participant "
            f"{PARTICIPANT} dropped: the sample is not read next to other files"
        )
    if result.findings.earlier_sample:
        lines.append(
            f"  sample     {result.findings.earlier_sample} was the sample of an earlier version; "
            "docs/upgrade.md says how to remove its readings"
        )
    return lines


def render_loaded_sample(readings: int) -> str:
    """That the sample is still loaded next to a person's own files, and how to remove it."""
    return (
        f"{counted(readings, 'reading')} of participant {PARTICIPANT} still loaded, from the "
        f"sample; to remove: make forget PARTICIPANT={PARTICIPANT}"
    )


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
    if result.errors:
        return "see the errors below; everything else is loaded"
    if result.counts.rejected:
        return "make psql, then: select * from ingest.rejected_rows;"
    if result.stored_in != "heart_rate":
        return "read the archive with DuckDB, Python, R or Spark: its README.md shows how"
    return "make psql, then: select * from heart_rate limit 5;"
