"""Find other files to read in full, because a day is decided from all files that cover it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import chain

from loader.compare.overlaps import overlapping
from loader.compare.selected_days import clock_windows, files_by_day, selected_days
from loader.find.search import Search
from loader.ledger.known_files import ParticipantDay, Span, files_covering, spans_loaded
from loader.mode import Mode
from loader.read.scratch import Scratch


def overlapping_files(scratch: Scratch, search: Search) -> set[str]:
    """Files not read in full that affect which rows of the files read win, on a selected day.

    Files that cover different hours of a day don't affect each other, unless several devices have
    readings on it: then the number of readings of each decides, in all files that name one.
    """
    plan, whole = search.plan, search.plan.whole_files
    if whole == set(plan.files) or not (set(plan.known) - whole):
        return set()
    covering: dict[ParticipantDay, list[Span]] = defaultdict(list)
    known = files_covering(search.session, selected_days(scratch))
    for span in [*files_by_day(scratch), *known]:
        name, who, day, *_ = span
        if name in plan.files:
            covering[who, day].append(span)
    found: set[str] = set()
    for spans in covering.values():
        found |= overlapping(spans, plan.parts.keys())
        devices = {device for _, _, _, device, *_ in spans if device}
        if len(devices) > 1:
            found |= {name for name, _, _, device, *_ in spans if device}
    return found - whole


def days_of_other_preference(search: Search) -> list[ParticipantDay]:
    """The days of several devices in files that are loaded under another ``prefer``."""
    plan = search.plan
    names = [
        name
        for name in sorted(plan.whole_files & plan.known.keys())
        if search.attribution.prefers_other_devices(plan.files[name], plan.known[name])
    ]
    if not names:
        return []
    days = {(who, day) for _, who, day, *_ in spans_loaded(search.session, names)}
    devices: dict[ParticipantDay, set[str]] = defaultdict(set)
    for _, who, day, device, *_ in files_covering(search.session, sorted(days)):
        devices[who, day].add(device)
    return [day for day in sorted(days) if len(devices[day]) > 1]


def files_around_clock_changes(scratch: Scratch, search: Search) -> set[str]:
    """Files not read in full that have rows around a clock change with doubtful local times."""
    days = days_around_clock_changes(scratch, search.mode)
    if not days:
        return set()
    covering = {name for name, *_ in files_covering(search.session, days)}
    return (covering & search.plan.files.keys()) - search.plan.whole_files


def days_around_clock_changes(scratch: Scratch, mode: Mode) -> Sequence[ParticipantDay]:
    """The participant-days around each clock change near which this run decides a day."""
    windows = clock_windows(scratch)
    if not windows:
        return []
    selected = set(selected_days(scratch))
    around = (
        [(who, first + timedelta(days=days)) for days in range((last - first).days + 1)]
        for who, first, last in windows
    )
    # A full comparison also deletes moved readings on days that no file contains any more.
    everything = mode is Mode.RECONCILE
    wanted = (days for days in around if everything or not selected.isdisjoint(days))
    return list(dict.fromkeys(chain.from_iterable(wanted)))
