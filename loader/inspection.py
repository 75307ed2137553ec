"""What the project makes of a file, without loading anything and without a database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from loader.errors import LoaderError, NoInputError
from loader.files import DataFile, Opener, describe, not_understood, recognise_file
from loader.local_time import DoubtfulTimes
from loader.participants import Zones, describe_rule, read_zones
from loader.parts import Part, read_part_batches, whole_part
from loader.readers import Reader
from loader.reading_rule import ReadingRule
from loader.report import Reporter
from loader.scratch import Profile, Reason, Scratch
from loader.settings import Settings
from loader.summary import render_times, utc
from loader.wording import counted, shown_lines

PARTICIPANTS_SHOWN = 5
UNNAMED = "UTC"
"""Under which zone local times are shown where nothing says theirs."""


@dataclass(frozen=True)
class Inspection:
    """What was found in the files of one format.

    Attributes:
        reader: the format.
        files: the names of the files.
        profile, reasons: what their rows are, and why some are none.
        times: how many rows have local times that occur twice or never.
        zones: the zones of the participants' clocks; empty where the file is in UTC.
        unnamed_zone: participants whose zone nothing says; shown as if it were UTC.
    """

    reader: Reader
    files: list[str]
    profile: Profile
    reasons: list[Reason]
    times: DoubtfulTimes
    zones: list[str]
    unnamed_zone: list[str]


@dataclass(frozen=True)
class Inspected:
    """Everything found in a file or an archive.

    Attributes:
        name: the file.
        formats: what is understood of it.
        passed_over: how many files inside an archive hold no heart rate.
        faults: what ought to be understood and can't be read.
    """

    name: str
    formats: list[Inspection]
    passed_over: int
    faults: list[LoaderError]


def inspect(settings: Settings, path: Path, reporter: Reporter) -> Inspected:
    """Read a file or an archive in full.

    Raises:
        NoInputError: it can't be opened.
        BadFileError: it is not understood.
    """
    rule = ReadingRule(settings, read_zones(settings))
    file = _describe(settings, path)
    with Opener() as opener, Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch:
        reporter.step(f"reading {file.name}")
        members = opener.members(file)
        parts: dict[str, list[Part]] = defaultdict(list)
        for each in [file] if members is None else members:
            part = _part(rule, opener, each)
            if part is not None:
                parts[part.layout.format].append(part)
            elif members is None:
                with opener.open(file) as opened:
                    raise not_understood(file, opened)
        faults: list[LoaderError] = []
        formats = [
            _inspect_format(scratch, opener, rule.zones, alike, faults) for alike in parts.values()
        ]
    understood = sum(len(alike) for alike in parts.values())
    passed_over = len(members) - understood if members is not None else 0
    return Inspected(file.name, formats, passed_over, faults)


def _describe(settings: Settings, path: Path) -> DataFile:
    absolute = path.expanduser().absolute()
    inside = absolute.is_relative_to(settings.data_dir)
    try:
        return describe(
            absolute, absolute.relative_to(settings.data_dir) if inside else Path(absolute.name)
        )
    except OSError as error:
        raise NoInputError(
            f"{path} can't be opened: {error.strerror}",
            "name a file: make inspect FILE=data/sample/hr.csv",
        ) from error


def _part(rule: ReadingRule, opener: Opener, file: DataFile) -> Part | None:
    with opener.open(file) as opened:
        layout = recognise_file(file, opened)
    if layout is None:
        return None
    return whole_part(file, layout, rule.owner(file), end=None, tail_end=file.size)


def _inspect_format(
    scratch: Scratch,
    opener: Opener,
    zones: Zones,
    parts: Sequence[Part],
    faults: list[LoaderError],
) -> Inspection:
    scratch.clear()
    some_zone = replace(zones, default=zones.default or UNNAMED)
    _, failed = read_part_batches(scratch, opener, parts, some_zone, lambda done: None)
    faults += [fault for _, fault in failed]
    scratch.settle()
    profile = scratch.profile()
    reader = parts[0].layout.reader
    local = reader.times == "local"
    return Inspection(
        reader=reader,
        files=[part.file.name for part in parts],
        profile=profile,
        reasons=scratch.rejected_reasons(),
        times=scratch.doubtful_times,
        zones=sorted({zones.of(who) or "" for who in profile.participants} - {""}) if local else [],
        unnamed_zone=[who for who in profile.participants if local and not zones.of(who)],
    )


def render_inspection(settings: Settings, inspected: Inspected) -> str:
    """The lines for a terminal."""
    lines = [
        line for found in inspected.formats for line in _lines(settings, inspected.name, found)
    ]
    if inspected.passed_over:
        name = inspected.name
        passed_over = counted(inspected.passed_over, f"file in {name} is", f"files in {name} are")
        lines.append(f"{passed_over} passed over")
    return shown_lines(lines)


def _lines(settings: Settings, name: str, found: Inspection) -> list[str]:
    profile = found.profile
    first, last = found.files[0], found.files[-1]
    head = (
        first if len(found.files) == 1 else f"{name}: {len(found.files):,} files, {first} to {last}"
    )
    return [
        head,
        f"  format       {found.reader.name}: {found.reader.expected}",
        f"  participant  {_participants(profile.participants)}",
        f"  by rule      {describe_rule(settings)}",
        f"  time zone    {_zone(found)}",
        *([f"  local times  {render_times(found.times)}"] if found.zones else []),
        f"  rows         {profile.rows:,}, of which "
        f"{counted(profile.readings, 'is a reading', 'are readings')}",
        f"  range        {_range(profile.first_timestamp, profile.last_timestamp)}",
        f"  sampling     {_sampling(profile)}",
        f"  duplicates   {counted(profile.duplicates, 'row repeats', 'rows repeat')} an instant; "
        "the last one stands",
        f"  backward     {counted(profile.steps_back, 'step')} to a row earlier than the one "
        "before",
        f"  rejected     {profile.rejected:,}",
        *(
            f"    {reason.times:,} × {reason.reason}, the first in line {reason.line}"
            f"{'' if len(found.files) == 1 else f' of {reason.name}'}: {reason.raw[:60]}"
            for reason in found.reasons
        ),
    ]


def _participants(participants: Sequence[str]) -> str:
    if not participants:
        return "none"
    shown = ", ".join(participants[:PARTICIPANTS_SHOWN])
    more = len(participants) - PARTICIPANTS_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def _zone(found: Inspection) -> str:
    if found.reader.times == "UTC":
        return "UTC, as the format has it"
    told = f"the wearer's local time: {', '.join(found.zones) or 'of no named zone'}"
    if found.unnamed_zone:
        told += (
            f"; nothing says the zone of {_participants(found.unnamed_zone)}, shown here as if it "
            "were UTC: set FITBIT_TIMEZONE before you load this"
        )
    return told


def _range(first: datetime | None, last: datetime | None) -> str:
    return "none" if first is None else f"{utc(first)} to {utc(last)}"


def _sampling(profile: Profile) -> str:
    if not profile.common_steps:
        return "too few readings to tell"
    return "every " + ", ".join(
        f"{seconds:g} s ({times / profile.steps:.0%})" for seconds, times in profile.common_steps
    )
