"""Describe inspected files to a person."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from loader.commands.inspect.inspect import Inspected, Inspection, Proposal
from loader.commands.inspect.profile import Profile
from loader.commands.inspect.proposal import UNDECIDED
from loader.commands.summary import render_times, utc
from loader.configuration.settings import Settings
from loader.find.file_kinds import examples
from loader.find.participants import describe_rule
from loader.wording import counted, first_of, shown_lines

PARTICIPANTS_SHOWN = 5
DECISIONS_SHOWN = 3
PROPOSALS_SHOWN = 3
DEVICES_SHOWN = 10

DEVICE_WIDTH = 28
"""The columns of a device's name in a table, so that the numbers are below those of the formats."""

UNNAMED_DEVICE = "no device named"


def render_inspection(settings: Settings, inspected: Inspected) -> str:
    """The lines for a terminal."""
    lines = [
        line for found in inspected.formats for line in _lines(settings, inspected.name, found)
    ]
    if inspected.passed_over:
        count = counted(len(inspected.passed_over), "file")
        lines.append(f"{count} in {inspected.name} passed over")
        lines += [f"  {line}" for line in examples(inspected.passed_over)]
    lines += [
        line for proposal in inspected.proposals[:PROPOSALS_SHOWN] for line in _proposed(proposal)
    ]
    tables = [*_table(inspected), *_table_of_devices(inspected)]
    return shown_lines([*lines, *tables, *_next(settings, inspected)])


def _proposed(proposal: Proposal) -> list[str]:
    """A ``format.yml`` to be copied."""
    files = first_of(proposal.files, 1)
    todo = "check it"
    if any(UNDECIDED in line for line in proposal.lines):
        todo += f", and decide each line with “{UNDECIDED}”: delete these signs, or the line"
    return [
        f"proposal for {proposal.format_file}, by the content of {files}; {todo}:",
        "",
        *proposal.lines,
        "",
    ]


def _table(inspected: Inspected) -> list[str]:
    """The files by format, if there are several kinds."""
    rows = [
        (
            found.reader.name,
            f"{len(found.files):,}",
            f"{found.profile.readings:,}",
            f"{found.profile.rejected:,}",
        )
        for found in inspected.formats
    ]
    if inspected.passed_over:
        rows.append(("passed over", f"{len(inspected.passed_over):,}", "", ""))
    if inspected.faults:
        rows.append(("faults, see below", f"{len(inspected.faults):,}", "", ""))
    if len(rows) < 2:
        return []
    return [
        f"{kind:<20} {files:>7} {readings:>13} {rejected:>9}".rstrip()
        for kind, files, readings, rejected in [
            ("format", "files", "readings", "rejected"),
            *rows,
        ]
    ]


def _table_of_devices(inspected: Inspected) -> list[str]:
    """The readings by device and app, if files of several formats name any."""
    named = [found.devices for found in inspected.formats if found.devices]
    if len(named) < 2:
        return []
    readings = Counter[str]()
    for devices in named:
        readings.update(dict(devices))
    return [
        f"{'device or app':<{DEVICE_WIDTH}} {'readings':>13}",
        *(
            f"{device or UNNAMED_DEVICE:<{DEVICE_WIDTH}} {count:>13,}"
            for device, count in readings.most_common(DEVICES_SHOWN)
        ),
        *_more(len(readings)),
    ]


def _devices(devices: Sequence[tuple[str, int]]) -> list[str]:
    lines = [
        *(
            f"{device or UNNAMED_DEVICE}: {counted(readings, 'reading')}"
            for device, readings in devices[:DEVICES_SHOWN]
        ),
        *_more(len(devices)),
    ]
    if len(devices) > 1:
        lines.append(
            "if several have an instant, the one that “prefer” in a format.yml names first wins, "
            "otherwise the one with more readings on the day"
        )
    return [f"  {'' if place else 'devices':<12} {line}" for place, line in enumerate(lines)]


def _more(devices: int) -> list[str]:
    return [f"and {devices - DEVICES_SHOWN:,} more"] if devices > DEVICES_SHOWN else []


def _next(settings: Settings, inspected: Inspected) -> list[str]:
    """What to do to load the files, and what is missing for it."""
    if not inspected.formats:
        return []
    steps = []
    if not inspected.is_in_data_dir:
        steps.append(f"copy it below {settings.data_dir}")
    if any(found.unnamed_zone for found in inspected.formats):
        steps.append(
            "set FITBIT_TIMEZONE in .env (for example Europe/Berlin), or write a line such as "
            "“zone: Europe/Berlin” into a format.yml in the folder of these files"
        )
    steps.append("run make ingest, which loads what is new")
    return [f"next  {', then '.join(steps)}"]


def _lines(settings: Settings, name: str, found: Inspection) -> list[str]:
    profile = found.profile
    first, last = found.files[0], found.files[-1]
    head = (
        first if len(found.files) == 1 else f"{name}: {len(found.files):,} files, {first} to {last}"
    )
    return [
        head,
        f"  format       {found.reader.name}: {found.reader.expected}",
        *(f"  decided      {decided}" for decided in found.decided[:DECISIONS_SHOWN]),
        *([f"  settings     {first_of(found.format_files, 1)}"] if found.format_files else []),
        f"  participant  {_participants(profile.participants)}",
        f"  by rule      {describe_rule(settings)}",
        f"  time zone    {_zone(found)}",
        *([f"  local times  {render_times(found.times)}"] if found.zones else []),
        f"  rows         {profile.rows:,}, of which "
        f"{counted(profile.readings, 'is a reading', 'are readings')}",
        *(
            [f"  zone limits  of {counted(found.days_with_limits, 'day')}"]
            if found.days_with_limits
            else []
        ),
        f"  range        {_range(profile.first_timestamp, profile.last_timestamp)}",
        *_devices(found.devices),
        f"  sampling     {_sampling(profile)}",
        f"  duplicates   {counted(profile.duplicates, 'row repeats', 'rows repeat')} an instant; "
        f"{'of one device, ' if len(found.devices) > 1 else ''}the last one wins",
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
    return first_of(participants, PARTICIPANTS_SHOWN)


def _zone(found: Inspection) -> str:
    if found.reader.times == "UTC":
        return "UTC, as the format has it"
    text = f"the wearer's local time: {', '.join(found.zones) or 'of no named zone'}"
    if found.unnamed_zone:
        text += (
            f"; nothing says the zone of {_participants(found.unnamed_zone)}, shown here as if it "
            "were UTC: set FITBIT_TIMEZONE, or the zone in a format.yml, before you load this"
        )
    return text


def _range(first: datetime | None, last: datetime | None) -> str:
    return "none" if first is None else f"{utc(first)} to {utc(last)}"


def _sampling(profile: Profile) -> str:
    if not profile.common_steps:
        return "too few readings to tell"
    return "every " + ", ".join(
        f"{seconds:g} s ({times / profile.steps:.0%})" for seconds, times in profile.common_steps
    )
