"""An order for files, and the files that it consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from scripts.sample_data import google_health, intraday, takeout, writers
from scripts.sample_data.local_time import LocalDay, local_days
from scripts.sample_data.places import Chunk
from scripts.sample_data.siblings import siblings
from scripts.sample_data.signal import DayReadings, Wearer

DEVICE = "device"
ONE_FILE_LAYOUTS = {
    "hr": "hr.csv",
    "fitabase": "heartrate_seconds_merged.csv",
    "takeout-document": "heart_rate.json",
}
DAILY_LAYOUTS = ("takeout-json", "takeout-csv", "intraday-json")
UTC_LAYOUTS = ("hr", "google-health-json")
LAYOUTS = (*ONE_FILE_LAYOUTS, *DAILY_LAYOUTS, "takeout-siblings", "google-health-json")


@dataclass(frozen=True)
class File:
    """One file to write: its path below the folder or in the archive, and its content."""

    path: str
    chunks: Iterable[Chunk]


@dataclass(frozen=True)
class Order:
    """Which people, days and options.

    Attributes:
        people: the wearers.
        named: whether each wearer has a folder participant_id=…, if the layout has no Id.
        zone: their time zone; days begin at its midnight.
        first, days: the local days.
        step: seconds between readings, `device` for 1 s in a workout and 5 to 15 s otherwise, None
            for the layout's own.
        gaps: whether to leave out charging and dropouts.
        source: the data source in Takeout's CSV.
        wanted: the time range of an archived answer; None for full days.
    """

    people: list[Wearer]
    named: bool
    zone: ZoneInfo
    first: date
    days: int
    step: int | str | None = None
    gaps: bool = True
    source: str | None = None
    wanted: intraday.TimeRange | None = None

    def files(self, layout: str, name: str | None = None) -> Iterator[File]:
        """The files of one layout; `name` is that of a layout's one file."""
        if layout == "fitabase":
            study = (day.wall_clock() for wearer in self.people for day in self.lived(wearer, 1))
            yield File(name or ONE_FILE_LAYOUTS[layout], writers.content(writers.FITABASE, study))
            return
        for wearer in self.people:
            folder = f"participant_id={wearer.participant}/" if self.named else ""
            for file in self._files_of(wearer, layout, name):
                yield File(folder + file.path, file.chunks)

    def lived(self, wearer: Wearer, usual_step: int | None = None) -> Iterator[LocalDay]:
        """The wearer's recorded readings, one local day at a time."""
        recorded = partial(wearer.recorded, step=self._seconds(usual_step), gaps=self.gaps)
        return local_days(recorded, self.zone, self.first, self.days)

    def sensed(
        self, wearer: Wearer, first: date, usual_step: int | None = 1
    ) -> Iterator[DayReadings]:
        """UTC days: the signal itself, or the device's readings if requested."""
        step = self._seconds(usual_step)
        for day in (first + timedelta(days=n) for n in range(self.days)):
            if step is None:
                yield wearer.recorded(day, gaps=self.gaps)
            else:
                yield wearer.readings(day, step=step, gaps=self.gaps)

    def _files_of(self, wearer: Wearer, layout: str, name: str | None) -> Iterator[File]:
        if layout == "hr":
            days = self.sensed(wearer, self.first)
            yield File(name or ONE_FILE_LAYOUTS[layout], writers.content(writers.HR, days))
        elif layout == "takeout-document":
            document = takeout.document(self.lived(wearer))
            yield File(name or ONE_FILE_LAYOUTS[layout], document)
        elif layout == "takeout-siblings":
            for sibling in siblings(wearer, self.first, self.days):
                yield File(sibling.path, [Chunk(sibling.content)])
        elif layout == "google-health-json":
            for readings in self.sensed(wearer, self.first, usual_step=None):
                for path, page in google_health.pages(readings):
                    yield File(path, [page])
        else:
            for day in self.lived(wearer):
                path, content = self._daily(wearer, layout, day)
                yield File(path, [Chunk(content, day.rows)])

    def _daily(self, wearer: Wearer, layout: str, day: LocalDay) -> tuple[str, bytes]:
        """Path and content of one day's file."""
        if layout == "takeout-json":
            return takeout.json_path(day), takeout.json_file(day)
        if layout == "takeout-csv":
            return takeout.csv_path(day), takeout.csv_file(day, self.source)
        return intraday.path(day), intraday.answer(day, wearer.resting(day.day), self.wanted)

    def _seconds(self, usual: int | None) -> int | None:
        """Seconds between readings; `usual` is the layout's default; None for the device's rate."""
        if self.step is None:
            return usual
        return None if self.step == DEVICE else int(self.step)
