"""Files that are loaded under other settings of their folder than they have now.

Their rows mean other readings now. A run also reads such a file as it was loaded, and the merge
deletes the readings that no file has any more (docs/decisions/0027). So that nothing is lost, every
file with readings of those days must be there.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePath
from typing import TypeAlias

from loader.errors import BadFileError
from loader.find.data_files import DataFile
from loader.find.missing_files import is_renamed
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.find.plan import Plan
from loader.find.search import Search
from loader.ledger.known_files import (
    KnownFile,
    ParticipantDay,
    Span,
    files_covering,
    known_days,
    spans_loaded,
)
from loader.ledger.store import Store
from loader.read.parts import read_parts
from loader.read.scratch import Scratch, naive
from loader.readers import READERS
from loader.readers.folder_format import FolderFormat
from loader.sql import statement

Content: TypeAlias = tuple[int, bytes]
"""The length of a file's fingerprint, and its digests."""

SOME_ZONE = "UTC"
"""The zone of a participant without loaded readings of a file."""

LOAD_AGAIN = "make full-refresh ARGS=--allow-shrink, which reads everything again"


@dataclass(frozen=True)
class FormerFile:
    """A file as it was loaded.

    Attributes:
        file: the file that is there.
        loaded: what the ledger knows of it, perhaps under another name.
        spans: the participant-days for which it is loaded.
        has_other_content: it has also changed since then.
    """

    file: DataFile
    loaded: KnownFile
    spans: Sequence[Span]
    has_other_content: bool

    @property
    def days(self) -> list[ParticipantDay]:
        """The participant-days for which it is loaded."""
        return [(who, day) for _, who, day, *_ in self.spans]


class FormerFiles:
    """The files of a run that are loaded under other settings, and their former readings."""

    def __init__(self, search: Search, store: Store) -> None:
        self._search = search
        self._store = store
        self._kept: dict[str, FormerFile] = {}

    def need_another_round(self, scratch: Scratch) -> bool:
        """Find these files among those read; whether the files must be read again.

        That is so if more files are needed to decide, or if one of these is refused, because
        readings of a missing or refused file might be deleted.
        """
        plan = self._search.plan
        found = _former_files(self._search)
        not_missing = {*plan.files, *(each.loaded.name for each in found)}
        refused = [each for each in found if self._is_refused(each, not_missing)]
        new = [each for each in found if each.file.name not in self._kept and each not in refused]
        if new:
            scratch.clear()
            refused += self._keep_former_readings(scratch, new)
        days = list(dict.fromkeys(day for each in new for day in each.days))
        spans = files_covering(self._search.session, days) if days else []
        covering = {name for name, *_ in spans}
        plan.days_to_decide += days
        self._search.read_whole((covering & plan.files.keys()) - plan.whole_files)
        return bool(new or refused)

    def add_moved_readings(self, scratch: Scratch) -> None:
        """Add the readings that no file has any more to those that the merge deletes.

        Args:
            scratch: contains the delta.
        """
        plan = self._search.plan
        present = [each for name, each in self._kept.items() if name in plan.parts]
        if not present:
            return
        scratch.fill(
            "former_days",
            [
                (each.file.name, who, day, naive(start), naive(end))
                for each in present
                for _, who, day, start, end in _with_starts(each.spans)
            ],
        )
        scratch.execute(statement("compare/add_former_readings"))
        self._add_corrected_readings(scratch, [each for each in present if each.has_other_content])
        # The days of a file that got another name are those of its new name now.
        plan.update.dropped += [
            each.loaded.name
            for each in present
            if each.loaded.name != each.file.name and plan.is_missing(each.loaded.name)
        ]

    def _add_corrected_readings(self, scratch: Scratch, changed: Sequence[FormerFile]) -> None:
        """Add the loaded readings at the former instants of these files' rows, with any value.

        No file has the former value of a corrected row. Only days whose checksum has
        changed can have such a row.
        """
        if not changed:
            return
        in_ledger = known_days(self._search.session, [each.loaded.name for each in changed])
        former = scratch.rows(statement("compare/former_days"))
        unchanged = {(name, who, day) for name, who, day, *_ in set(in_ledger).intersection(former)}
        spans = [span for each in changed for span in _with_starts(each.spans)]
        for name, who, day, start, end in spans:
            if (name, who, day) not in unchanged:
                loaded = self._store.readings_between(who, start, end + timedelta.resolution)
                rows = [(name, who, naive(instant), *fields) for instant, *fields in loaded]
                scratch.fill("loaded_readings", rows)
        scratch.execute(statement("compare/add_corrected_readings"))

    def _is_refused(self, former: FormerFile, not_missing: Collection[str]) -> bool:
        """Refuse a file if a missing or refused file had readings in the same hours."""
        plan, attribution = self._search.plan, self._search.attribution
        own = {(who, day): (start, end) for _, who, day, start, end in _with_starts(former.spans)}
        covering = files_covering(self._search.session, former.days)
        for name, who, day, start, end in _with_starts(covering):
            own_start, own_end = own[who, day]
            is_apart = name in not_missing or start > own_end or own_start > end
            if is_apart or is_renamed(plan, attribution, plan.known[name]):
                continue
            self._leave_out(
                former.file,
                f"{name}, which is missing or refused, had readings of the same hours of {day}",
                f"put it back or correct it, or run {LOAD_AGAIN}",
            )
            return True
        return False

    def _keep_former_readings(
        self, scratch: Scratch, former: Sequence[FormerFile]
    ) -> list[FormerFile]:
        """Read files as they were loaded; returns those that can't be read in that way."""
        if not self._kept:
            scratch.execute(statement("compare/former_tables"))
        self._kept.update({each.file.name: each for each in former})
        search = self._search
        read: set[str] = set()
        with search.opener:
            parts = {each.file.name: _part_as_loaded(search, each) for each in former}
            for zones, files in _by_zones(former, search.attribution.zones):
                some = [part for each in files if (part := parts[each.file.name])]
                found = read_parts(scratch, search.opener, some, zones, lambda done: None)
                scratch.execute(statement("compare/keep_former"))
                scratch.clear()
                read |= {file.name for file in found.files}
        refused = [each for each in former if each.file.name not in read]
        for each in refused:
            self._leave_out(each.file, "it can't be read as it was loaded", f"run {LOAD_AGAIN}")
        return refused

    def _leave_out(self, file: DataFile, why: str, hint: str) -> None:
        what = f"{file.name} is loaded under other settings of its folder than it has now"
        self._search.leave_out(file, BadFileError(f"{what}, and {why}", hint))


def note_perhaps_moved(search: Search) -> None:
    """Note each missing file that may have been moved and changed before this run.

    Nothing recognises such a file but its name and format.
    """
    plan = search.plan
    new = [file for file in plan.update.files if file.name not in plan.known]
    for name in set(plan.update.vanished).difference(plan.update.dropped):
        known = plan.known[name]
        for file in new:
            if (
                file.format == known.format
                and PurePath(file.name).name == PurePath(name).name
                and search.attribution.rows_have_other_settings(plan.files[file.name], known)
            ):
                plan.findings.perhaps_moved[name] = file.name


def _former_files(search: Search) -> list[FormerFile]:
    """The files read in full that are loaded under other settings."""
    plan = search.plan
    contents = _contents(plan)
    as_loaded = _as_loaded(plan, contents)
    pairs = [
        (plan.files[name], as_loaded[name])
        for name in sorted(plan.whole_files & as_loaded.keys())
        if search.attribution.rows_have_other_settings(plan.files[name], as_loaded[name])
    ]
    if not pairs:
        return []
    spans: dict[str, list[Span]] = {known.name: [] for _, known in pairs}
    for span in spans_loaded(search.session, list(spans)):
        spans[span[0]].append(span)
    return [
        FormerFile(file, known, spans[known.name], _content(known) != contents.get(file.name))
        for file, known in pairs
        if spans[known.name]
    ]


def _with_starts(spans: Iterable[Span]) -> Iterator[tuple[str, str, date, datetime, datetime]]:
    """The spans with the beginning of the day as the first instant if it isn't known."""
    for name, who, day, _, first, last in spans:
        yield name, who, day, first or datetime.combine(day, time(), UTC), last


def _as_loaded(plan: Plan, contents: Mapping[str, Content]) -> Mapping[str, KnownFile]:
    """What the ledger knows of the files, by name; of a moved one, under the name that it had.

    Another file may have its former name now, and it may have replaced another one.
    """
    moved_away = {
        _content(known): known
        for name, known in plan.known.items()
        if known.fingerprint.length
        and (plan.is_missing(name) or contents.get(name, _content(known)) != _content(known))
    }
    moved = {
        name: moved_away[content]
        for name, content in contents.items()
        if content in moved_away
        and (name not in plan.known or _content(plan.known[name]) != content)
    }
    return {**plan.known, **moved}


def _contents(plan: Plan) -> Mapping[str, Content]:
    """The contents of the files that were read."""
    return {file.name: _content(file) for file in plan.update.files}


def _content(file: KnownFile) -> Content:
    return file.fingerprint.length, bytes(file.fingerprint.digests)


def _part_as_loaded(search: Search, former: FormerFile) -> Part | None:
    """The whole file with the layout and participant that it is loaded with."""
    reader = next((each for each in READERS if each.name == former.loaded.format), None)
    file = replace(former.file, settings=FolderFormat.of_text(former.loaded.settings))
    if reader is None:
        return None
    try:
        with search.opener.open(file) as opened:
            layout = reader.claim(opened.head, file.name, file.settings)
    except BadFileError:
        return None
    if layout is None:
        return None
    owner = search.attribution.owner(file, reader)
    if former.loaded.participants and not reader.names_participants:
        owner = Owner(min(former.loaded.participants), owner.is_marked, owner.first_level)
    part = Part.of_whole_file(file, layout, owner, end=None, read_end=file.size)
    return replace(part, loaded_day_first=former.loaded.day_first)


def _by_zones(former: Sequence[FormerFile], now: Zones) -> Iterator[tuple[Zones, list[FormerFile]]]:
    """The files in groups, each with the participants' zones when the files were loaded.

    Usually that is one group: two are needed if a participant had two zones.
    """
    groups: list[tuple[dict[str, str], list[FormerFile]]] = []
    for each in former:
        zones: dict[str, str | None] = json.loads(each.loaded.read_as or "{}")
        known = {who: zone for who, zone in zones.items() if zone}
        for of_group, files in groups:
            if all(of_group.get(who, zone) == zone for who, zone in known.items()):
                of_group.update(known)
                files.append(each)
                break
        else:
            groups.append((known, [each]))
    for of_group, files in groups:
        yield Zones({**now.by_participant, **of_group}, now.default or SOME_ZONE), files
