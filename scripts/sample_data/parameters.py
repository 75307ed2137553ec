"""The types of the command line's options, and their error messages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import click

from scripts.sample_data.intraday import TimeRange
from scripts.sample_data.order import DEVICE
from scripts.sample_data.signal import DAY, Stretch


class Step(click.ParamType["int | str"]):
    """Seconds that divide a day, or `device`."""

    name = "seconds"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Refuse a step that would make the last interval of a day shorter than the others."""
        text = str(value)
        if text == DEVICE:
            return DEVICE
        if not text.isdecimal() or int(text) == 0:
            self.fail(f"{text!r} is neither a number of seconds nor {DEVICE}.", param, ctx)
        if DAY % int(text):
            self.fail(f"{text} s does not divide a day; use 1, 5, 10, 15, 30 or 60.", param, ctx)
        return int(text)


class Zone(click.ParamType[ZoneInfo]):
    """An IANA time zone."""

    name = "zone"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> ZoneInfo:
        """Refuse unknown time zones."""
        if str(value) not in available_timezones():
            self.fail(f"{value} is no time zone; Europe/Berlin is one.", param, ctx)
        return ZoneInfo(str(value))


class Range(click.ParamType[TimeRange]):
    """A time range such as 08:00-09:30."""

    name = "range"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> TimeRange:
        """Refuse invalid ranges."""
        try:
            return TimeRange.parse(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class StretchOfTime(click.ParamType[Stretch]):
    """Two times in UTC, such as 2023-12-08T22:50/2023-12-10T08:30."""

    name = "from/to"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Stretch:
        """Refuse other texts, and stretches that end before they begin."""
        if isinstance(value, Stretch):
            return value
        first, _, last = str(value).partition("/")
        try:
            stretch = Stretch(datetime.fromisoformat(first), datetime.fromisoformat(last))
        except ValueError:
            self.fail(f"{value!r} is not 2023-12-08T22:50/2023-12-10T08:30.", param, ctx)
        if stretch.first.tzinfo or stretch.last.tzinfo:
            self.fail("the times are in UTC and have no zone.", param, ctx)
        if stretch.last <= stretch.first:
            self.fail(f"{value!r} ends before it begins.", param, ctx)
        return stretch
