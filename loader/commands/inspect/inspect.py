"""Show how a file would be read, without loading anything and without a database."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from loader.commands.inspect.profile import (
    Profile,
    Reason,
    devices,
    profile,
    rejected_reasons,
)
from loader.commands.inspect.proposal import folder_of, propose
from loader.compare.deduplicate import deduplicate
from loader.configuration.settings import Settings
from loader.console import Reporter, Step
from loader.errors import EXPORT_AGAIN, BadFileError, LoaderError, NoInputError
from loader.find.attribution import Attribution
from loader.find.data_files import DataFile, Listing, describe, discover
from loader.find.file_kinds import examples, has_no_data
from loader.find.folder_formats import FolderFormats
from loader.find.incomplete import incomplete_answers
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Zones, read_zones
from loader.find.recognition import describe_skipped, recognise_content
from loader.ledger.known_files import KnownFile
from loader.ledger.row_counts import DoubtfulTimes
from loader.names import printable_name
from loader.read.parts import read_parts
from loader.read.scratch import Scratch
from loader.readers import EXPECTED, Reader
from loader.readers.folder_format import FolderFormat

UNNAMED = "UTC"
"""The zone under which local times are shown if their zone is not known."""


@dataclass(frozen=True)
class Inspection:
    """What was found in the files of one format.

    Attributes:
        reader: the format.
        files: the names of the files.
        profile, reasons: what their rows are, and why some are none.
        times: how many rows have local times that occur twice or never.
        zones: the zones of the participants' clocks; empty if the file is in UTC.
        decided: what the first rows of the files decided, and why.
        format_files: the ``format.yml`` that count for them.
        unnamed_zone: participants whose zone nothing says; shown as if it were UTC.
        days_with_limits: the number of days with limits of the wearer's zones.
        devices: the readings of each device or app; "" for those that name none. Empty if none
            is named.
    """

    reader: Reader
    files: list[str]
    profile: Profile
    reasons: list[Reason]
    times: DoubtfulTimes
    zones: list[str]
    unnamed_zone: list[str]
    days_with_limits: int
    decided: list[str]
    format_files: list[str]
    devices: list[tuple[str, int]]


@dataclass(frozen=True)
class Proposal:
    """A ``format.yml`` for files that aren't understood.

    Attributes:
        format_file: where to write it.
        files: the names of the files.
        lines: what to write.
    """

    format_file: str
    files: list[str]
    lines: list[str]


@dataclass
class Inspected:
    """Everything found in a file, an archive or a folder.

    Attributes:
        name: what it is called.
        formats: what is understood of it.
        passed_over: the files in it that hold no heart rate, each with what it is or begins with.
        without_data: those of them that are answers without data points.
        faults: files that should be understood but can't be read.
        proposals: a ``format.yml`` for tables of heart rates that no reader understands.
        is_in_data_dir: it is below ``DATA_DIR``, so that a run reads it.
    """

    name: str
    is_in_data_dir: bool
    formats: list[Inspection] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)
    without_data: list[str] = field(default_factory=list)
    faults: list[LoaderError] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    def propose(self, file: DataFile, head: bytes) -> None:
        """Add a proposal for a file, if it is a table that may have heart rates."""
        lines = propose(file, head)
        if not lines:
            return
        where = folder_of(file)
        for proposal in self.proposals:
            if (proposal.format_file, proposal.lines) == (where, lines):
                proposal.files.append(file.name)
                return
        self.proposals.append(Proposal(where, [file.name], lines))


def inspect(settings: Settings, path: Path, reporter: Reporter) -> Inspected:
    """Read a file, an archive, or all files below a folder in full.

    Raises:
        NoInputError: it can't be opened.
        BadFileError: it is not understood.
    """
    absolute = path.expanduser().absolute()
    is_in_data_dir = absolute.is_relative_to(settings.data_dir)
    if not is_in_data_dir:
        # Read as if it lay in DATA_DIR: the folders above it may name the participant.
        # os.path, because Path.is_dir() fails if a folder above may not be entered.
        folder = absolute if os.path.isdir(absolute) else absolute.parent
        settings = replace(settings, data_dir=folder)
    attribution = Attribution(settings, read_zones(settings))
    name = printable_name(absolute.relative_to(settings.data_dir).as_posix())
    found = Inspected(printable_name(absolute.name) if name == "." else name, is_in_data_dir)
    with (
        Opener(settings.scratch_dir) as opener,
        Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch,
    ):
        reporter.step(Step.READ, f"reading {found.name}")
        parts: dict[tuple[str, str | None], list[Part]] = defaultdict(list)
        for file in _files(settings, path, absolute, opener, found):
            try:
                _sort(attribution, opener, file, parts, found)
            except (BadFileError, NoInputError) as fault:
                found.faults.append(fault)
        for alike in parts.values():
            found.formats.append(_inspect_format(scratch, opener, attribution.zones, alike, found))
    if found.formats or os.path.isdir(absolute) or found.faults:
        return found
    itself = found.passed_over.get(found.name)
    seen = f"it {itself}" if itself else "; ".join(examples(found.passed_over))
    error = BadFileError(
        f"{found.name} is not understood: expected {EXPECTED}; {seen}",
        f"write {found.proposals[0].format_file} as proposed" if found.proposals else EXPORT_AGAIN,
    )
    if not found.proposals:
        raise error
    found.faults.append(error)
    return found


def _files(
    settings: Settings, path: Path, absolute: Path, opener: Opener, found: Inspected
) -> Iterator[DataFile]:
    """The files to look into, one after the other; the rest is noted in ``found``."""
    waiting: list[DataFile] = []

    def note(listing: Listing) -> list[DataFile]:
        found.passed_over.update({file.name: f"is {kind}" for file, kind in listing.skipped})
        found.faults += [fault.error for fault in listing.faults]
        return listing.files

    if os.path.isdir(absolute):
        listed = discover(settings.data_dir, absolute)
        if listed.is_empty:
            raise NoInputError(f"no file in {absolute}", "put hr.csv or an export there")
        waiting += note(listed)
    else:
        waiting.append(_describe(settings, path, absolute))
    while waiting:
        file = waiting.pop(0)
        try:
            listing = opener.members(file)
        except (BadFileError, NoInputError) as fault:
            found.faults.append(fault)
            continue
        if listing is None:
            yield file
        else:
            waiting[:0] = note(listing)


def _describe(settings: Settings, path: Path, absolute: Path) -> DataFile:
    of_folder = FolderFormats(settings.data_dir).of(os.path.dirname(absolute))
    if of_folder.fault is not None:
        raise of_folder.fault
    try:
        file = describe(absolute, absolute.relative_to(settings.data_dir), of_folder)
    except OSError as error:
        raise NoInputError(
            f"{path} can't be opened: {error.strerror}",
            "name a file: make inspect FILE=data/sample/hr.csv",
        ) from error
    if not os.path.isfile(absolute):
        raise NoInputError(
            f"{path} is neither a file nor a folder", "name a file: make inspect FILE=data/hr.csv"
        )
    return file


def _sort(
    attribution: Attribution,
    opener: Opener,
    file: DataFile,
    parts: dict[tuple[str, str | None], list[Part]],
    found: Inspected,
) -> None:
    """Put a file among those of its format and zone, or among those passed over."""
    with opener.open(file) as opened:
        try:
            layout = recognise_content(file, opened)
        except BadFileError:
            found.propose(file, opened.head)
            raise
    if layout is None:
        found.passed_over[file.name] = describe_skipped(file, opened)
        found.propose(file, opened.head)
        if has_no_data(opened.head):
            found.without_data.append(file.name)
    else:
        part = Part.of_whole_file(
            file, layout, attribution.owner(file, layout.reader), end=None, read_end=file.size
        )
        parts[layout.format, layout.zone].append(part)


def _inspect_format(
    scratch: Scratch,
    opener: Opener,
    zones: Zones,
    parts: Sequence[Part],
    found: Inspected,
) -> Inspection:
    scratch.clear()
    some_zone = replace(zones, default=zones.default or UNNAMED)
    read = read_parts(scratch, opener, parts, some_zone, lambda done: None)
    refused = [part.file.name for part, _ in read.faults]
    found.faults += [fault for _, fault in read.faults]
    found.faults += incomplete_answers(read.files, [*found.without_data, *refused])
    times = deduplicate(scratch)
    of_rows = profile(scratch)
    reader, of_folder = parts[0].layout.reader, parts[0].layout.zone
    local = reader.times == "local"
    zone_of = {who: of_folder or zones.of(who) for who in of_rows.participants if local}
    return Inspection(
        reader=reader,
        files=[part.file.name for part in parts],
        profile=of_rows,
        reasons=rejected_reasons(scratch),
        times=times,
        zones=sorted({zone for zone in zone_of.values() if zone}),
        days_with_limits=len({(each.participant_id, each.day) for each in read.limits}),
        unnamed_zone=[who for who, zone in zone_of.items() if zone is None],
        decided=_date_orders(read.files)
        if reader.date_column
        else sorted({part.layout.decided for part in parts} - {""}),
        format_files=sorted({part.file.format_file for part in parts} - {""}),
        devices=devices(scratch) if reader.names_devices else [],
    )


def _date_orders(read: Sequence[KnownFile]) -> list[str]:
    """Whether each file has the month first in its dates, and what shows it."""
    decided = []
    for file in read:
        first = "day" if file.day_first else "month"
        why = "as none shows another order"
        if file.date_line:
            why = f"as line {file.date_line} shows"
        elif FolderFormat.of_text(file.settings).day_first is not None:
            why = "as format.yml says"
        name = f"{file.name}: " if len(read) > 1 else ""
        decided.append(f"{name}dates such as 4/5/2016 have the {first} first, {why}")
    return decided
