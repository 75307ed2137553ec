"""Plan what a run reads of one file: nothing, its appended lines, or all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from loader.errors import EXPORT_AGAIN, BadFileError
from loader.find.attribution import Attribution
from loader.find.data_files import DataFile
from loader.find.file_kinds import has_no_data
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.recognition import (
    OpenFile,
    describe_skipped,
    not_understood,
    recognise_content,
    recognise_file,
    skipped_by_name,
)
from loader.ledger.known_files import KnownFile
from loader.mode import Mode
from loader.readers import READERS, Layout
from loader.readers.quantity_in_name import quantity_in_name

FORMATS_WITH_DEVICES = frozenset(reader.name for reader in READERS if reader.names_devices)

WINDOW = 64 << 10
"""Bytes read at a time to find the last line end."""


@dataclass(frozen=True)
class Planned:
    """What a run does with a file.

    Attributes:
        part: the part to read, if any.
        status: the new row of the ledger, if only the file's size or times are new.
        waits: its last line has no newline yet and is left for the next run.
        is_outdated: it is loaded under a different participant or time zone than it has now.
        skipped: what a skipped file is or begins with; else "".
        without_data: a skipped file is an answer without data points.
        not_compared: bytes of a grown file that were not compared with its fingerprint.
    """

    part: Part | None = None
    status: KnownFile | None = None
    waits: bool = False
    is_outdated: bool = False
    skipped: str = ""
    without_data: bool = False
    not_compared: int = 0


class FilePlanner:
    """Plans what to read of each file, by what the ledger knows of it."""

    def __init__(
        self, attribution: Attribution, opener: Opener, known: Mapping[str, KnownFile], mode: Mode
    ) -> None:
        self._attribution = attribution
        self._opener = opener
        self._known = known
        self._mode = mode

    def plan(self, file: DataFile) -> Planned:
        """Plan what to read of a file, or to skip it.

        Raises:
            LoaderError: the file can't be opened, or isn't understood although it should be.
        """
        known = self._known_file(file)
        if known is None or self._mode is not Mode.DELTA:
            return self.plan_whole(file)
        if self._attribution.has_other_settings(file, known):
            return self.plan_whole(file)
        planned = self._plan_known(file, known)
        if planned.skipped or not self._attribution.is_outdated(file, known):
            return planned
        return replace(planned, is_outdated=True)

    def plan_whole(self, file: DataFile) -> Planned:
        """Plan to read all of a file, or to skip it because it isn't understood."""
        with self._opener.open(file) as opened:
            layout = self._layout(file, opened)
            if layout is None:
                return Planned(
                    skipped=describe_skipped(file, opened), without_data=has_no_data(opened.head)
                )
            growing = opened.plain and layout.reader.lines
            end = last_line_end(opened.stream, file.size) if growing else None
        if growing and file.size <= layout.data_offset and not layout.reader.may_be_empty:
            raise BadFileError(
                f"{file.name} has a header and no readings",
                EXPORT_AGAIN,
            )
        read_end = file.size
        if end is not None and not self._takes_waiting_line(file):
            read_end = end
        known = self._known_file(file)
        loaded = (
            known is not None
            and _same_status(file, known)
            and not self._attribution.rows_have_other_settings(file, known)
        )
        owner = self._attribution.owner(file, layout.reader)
        part = Part.of_whole_file(file, layout, owner, end, read_end)
        part = replace(
            part,
            limits_rejects=not loaded,
            loaded_day_first=self._loaded_day_first(file, layout),
        )
        return Planned(part, waits=read_end < file.size)

    def _plan_known(self, file: DataFile, known: KnownFile) -> Planned:
        if not known.devices_read and known.format in FORMATS_WITH_DEVICES:
            return self.plan_whole(file)
        if self._is_skipped_now(file):
            return self.plan_whole(file)
        if not _same_status(file, known):
            return self._plan_changed(file, known)
        if _has_waiting_line(known):
            return self._plan_appended(file, known, read_end=file.size)
        if known.changed_ns is None and file.changed_ns is not None:
            return Planned(status=replace(known, changed_ns=file.changed_ns))
        return Planned()

    def _plan_changed(self, file: DataFile, known: KnownFile) -> Planned:
        # A file that didn't grow may contain a correction anywhere: every block is compared.
        turn = known.times_read if file.size > known.size else None
        with self._opener.open(file) as opened:
            unchanged = opened.plain and known.fingerprint.matches(opened.stream, turn)
            end = last_line_end(opened.stream, file.size) if unchanged else 0
        status = replace(known, size=file.size, stamp=file.stamp, changed_ns=file.changed_ns)
        not_compared = 0 if turn is None else known.fingerprint.bytes_not_compared(turn)
        if unchanged and file.size == known.fingerprint.length:
            return Planned(status=status)
        if not unchanged or known.unterminated_line_taken:
            return self.plan_whole(file)
        if end > known.fingerprint.length:
            planned = self._plan_appended(file, known, read_end=end)
            return replace(planned, not_compared=not_compared)
        return Planned(status=status, waits=end < file.size, not_compared=not_compared)

    def _plan_appended(self, file: DataFile, known: KnownFile, read_end: int) -> Planned:
        with self._opener.open(file) as opened:
            layout = recognise_file(file, opened.head)
            end = last_line_end(opened.stream, file.size)
        if layout is None:
            raise not_understood(file, opened)
        read_end = max(end, read_end)
        part = Part(
            file=file,
            layout=layout,
            owner=self._attribution.owner(file, layout.reader),
            start=known.fingerprint.length,
            end=end,
            read_end=read_end,
            first_line=known.lines_read + 1,
            appended=True,
            known=known.fingerprint,
            loaded_day_first=self._loaded_day_first(file, layout),
        )
        return Planned(part, waits=read_end < file.size)

    def _layout(self, file: DataFile, opened: OpenFile) -> Layout | None:
        """The layout of an open file; None for a file to skip.

        Raises:
            BadFileError: it isn't understood, but was before or is called hr.csv.
        """
        layout = recognise_content(file, opened)
        is_expected = file.name == "hr.csv" or self._known_file(file) is not None
        if layout is None and is_expected and skipped_by_name(file, opened) is None:
            raise not_understood(file, opened)
        return layout

    def _is_skipped_now(self, file: DataFile) -> bool:
        """Whether an earlier version loaded a file although its name says another quantity."""
        if quantity_in_name(file.name) is None:
            return False
        with self._opener.open(file) as opened:
            return skipped_by_name(file, opened) is not None

    def _takes_waiting_line(self, file: DataFile) -> bool:
        known = self._known_file(file)
        if known is None or not _same_status(file, known):
            return False
        return known.unterminated_line_taken or self._mode is not Mode.VERIFY

    def _loaded_day_first(self, file: DataFile, layout: Layout) -> bool | None:
        known = self._known.get(file.name)  # also if it had vanished: its readings are loaded
        if known is None or known.format != layout.format or self._mode is Mode.REBUILD:
            return None
        if self._attribution.has_other_settings(file, known):
            return None
        return known.day_first

    def _known_file(self, file: DataFile) -> KnownFile | None:
        known = self._known.get(file.name)
        return None if known is None or known.vanished else known


def _same_status(file: DataFile, known: KnownFile) -> bool:
    is_unknown = None in (file.changed_ns, known.changed_ns)
    return (file.size, file.stamp) == (known.size, known.stamp) and (
        is_unknown or file.changed_ns == known.changed_ns
    )


def _has_waiting_line(known: KnownFile) -> bool:
    return known.size > known.fingerprint.length and not known.unterminated_line_taken


def last_line_end(source: BinaryIO, size: int) -> int:
    """The offset after the last newline within the first ``size`` bytes; 0 if there is none."""
    end = size
    while end > 0:
        start = max(0, end - WINDOW)
        source.seek(start)
        found = source.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
