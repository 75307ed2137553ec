"""Plan what a run reads of one file: nothing, its new lines, or all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from loader.errors import BadFileError
from loader.find.attribution import Attribution
from loader.find.data_files import DataFile
from loader.find.file_kinds import described
from loader.find.opener import Opener
from loader.find.part import Part, whole_part
from loader.find.recognition import OpenFile, not_understood, recognise_file
from loader.ledger.known_files import KnownFile
from loader.mode import Mode
from loader.readers import Layout, recognise

WINDOW = 64 << 10
"""Bytes in which the last line end is looked for."""


@dataclass(frozen=True)
class Planned:
    """What is to be done with a file.

    Attributes:
        part: what is to be read of it, if anything.
        status: what the ledger is to be told where only its size or time is new.
        waits: its last line has no newline yet and is left alone.
        read_otherwise: it is in under another participant or time zone than the settings give now.
        seen: of a file that is passed over, what it is or begins with; else "".
        not_compared: bytes of a file that grew which were not compared with what is known of it.
    """

    part: Part | None = None
    status: KnownFile | None = None
    waits: bool = False
    read_otherwise: bool = False
    seen: str = ""
    not_compared: int = 0


class FilePlanner:
    """Plans file after file against what the ledger knows of them."""

    def __init__(
        self, rule: Attribution, opener: Opener, known: Mapping[str, KnownFile], mode: Mode
    ) -> None:
        self._attribution = rule
        self._opener = opener
        self._known = known
        self._mode = mode

    def plan(self, file: DataFile) -> Planned:
        """Plan what is to be read of a file, or that it is passed over.

        Raises:
            LoaderError: it ought to be understood or opened, and can't be.
        """
        known = self._known.get(file.name)
        if known is None or known.vanished or self._mode is not Mode.DELTA:
            return self.plan_whole(file)
        planned = self._plan_known(file, known)
        if planned.seen or not self._attribution.reads_otherwise(file, known):
            return planned
        return replace(planned, read_otherwise=True)

    def plan_whole(self, file: DataFile) -> Planned:
        """Plan to read the whole file, or that it is passed over because it is not understood."""
        with self._opener.open(file) as opened:
            layout = self._layout(file, opened)
            if layout is None:
                return Planned(seen=described(opened.head))
            growing = opened.plain and layout.reader.lines
            end = last_line_end(opened.stream, file.size) if growing else None
        if growing and file.size <= layout.data_offset and not layout.reader.may_be_empty:
            raise BadFileError(
                f"{file.name} holds a header and no readings",
                "export it again, or take it out of the folder",
            )
        tail_end = file.size
        if end is not None and not self._takes_waiting_line(file):
            tail_end = end
        known = self._known.get(file.name)
        loaded = known is not None and not known.vanished and _same_status(file, known)
        part = whole_part(file, layout, self._attribution.owner(file), end, tail_end)
        return Planned(replace(part, judged=not loaded), waits=tail_end < file.size)

    def _plan_known(self, file: DataFile, known: KnownFile) -> Planned:
        if not _same_status(file, known):
            return self._plan_changed(file, known)
        if _has_waiting_line(known):
            return self._rest(file, known, tail_end=file.size)
        if known.changed_ns is None and file.changed_ns is not None:
            return Planned(status=replace(known, changed_ns=file.changed_ns))
        return Planned()

    def _plan_changed(self, file: DataFile, known: KnownFile) -> Planned:
        # Without growth there is only a correction to be found: then every block is compared.
        turn = known.times_read if file.size > known.size else None
        with self._opener.open(file) as opened:
            as_before = opened.plain and known.fingerprint.matches(opened.stream, turn)
            end = last_line_end(opened.stream, file.size) if as_before else 0
        status = replace(known, size=file.size, stamp=file.stamp, changed_ns=file.changed_ns)
        not_compared = 0 if turn is None else known.fingerprint.left_out(turn)
        if as_before and file.size == known.fingerprint.length:
            return Planned(status=status)
        if not as_before or known.unterminated_line_taken:
            return self.plan_whole(file)
        if end > known.fingerprint.length:
            planned = self._rest(file, known, tail_end=end)
            return replace(planned, not_compared=not_compared)
        return Planned(status=status, waits=end < file.size, not_compared=not_compared)

    def _rest(self, file: DataFile, known: KnownFile, tail_end: int) -> Planned:
        """What stands behind the known part."""
        with self._opener.open(file) as opened:
            layout = recognise_file(file, opened)
            end = last_line_end(opened.stream, file.size)
        if layout is None:
            raise not_understood(file, opened)
        tail_end = max(end, tail_end)
        part = Part(
            file=file,
            layout=layout,
            owner=self._attribution.owner(file),
            start=known.fingerprint.length,
            end=end,
            tail_end=tail_end,
            first_line=known.lines_read + 1,
            appended=True,
            known=known.fingerprint,
        )
        return Planned(part, waits=tail_end < file.size)

    def _layout(self, file: DataFile, opened: OpenFile) -> Layout | None:
        """The layout of an open file; None for one to be passed over.

        Raises:
            BadFileError: it is not understood, but was before, or it is called hr.csv.
        """
        layout = recognise_file(file, opened)
        if layout is None and recognise(opened.head) is not None:
            return None  # its name says that it is something else
        known = self._known.get(file.name)
        expected = _is_the_hr_csv(file) or (known is not None and not known.vanished)
        if layout is None and expected:
            raise not_understood(file, opened)
        return layout

    def _takes_waiting_line(self, file: DataFile) -> bool:
        known = self._known.get(file.name)
        if known is None or known.vanished or not _same_status(file, known):
            return False
        return known.unterminated_line_taken or self._mode is not Mode.VERIFY


def _same_status(file: DataFile, known: KnownFile) -> bool:
    not_kept = None in (file.changed_ns, known.changed_ns)
    return (file.size, file.stamp) == (known.size, known.stamp) and (
        not_kept or file.changed_ns == known.changed_ns
    )


def _has_waiting_line(known: KnownFile) -> bool:
    return known.size > known.fingerprint.length and not known.unterminated_line_taken


def _is_the_hr_csv(file: DataFile) -> bool:
    """Whether a file is called what the project's own input is called."""
    return file.name == "hr.csv"


def last_line_end(source: BinaryIO, size: int) -> int:
    """The offset behind the last newline within the first ``size`` bytes; 0 if there is none."""
    end = size
    while end > 0:
        start = max(0, end - WINDOW)
        source.seek(start)
        found = source.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
