"""How old the newest reading of each participant is: a night can succeed without any."""

from dataclasses import dataclass
from datetime import timedelta

from psycopg2.extensions import connection as Connection

from loader.configuration.duration import render_duration
from loader.database import query
from loader.ledger import sample
from loader.sql import statement
from loader.wording import counted, shown

LISTED = 20
"""How many participants with stale readings are listed one by one."""

HINT = "export newer files into DATA_DIR, then make ingest"


@dataclass(frozen=True)
class Freshness:
    """The age of the participants' newest readings.

    Attributes:
        ages: by participant, the oldest first; without those who have ended, and without the
            sample, whose readings are from the past.
        ended: how many participants have ended (``ended_on`` in ``seeds/participants.csv``).
        sample: whether the sample is loaded.
        stale_after: how old a newest reading may be; None for any age.
    """

    ages: dict[str, timedelta]
    ended: int
    sample: bool
    stale_after: timedelta | None

    @property
    def stale(self) -> dict[str, timedelta]:
        """The participants whose newest reading is too old."""
        if self.stale_after is None:
            return {}
        return {who: age for who, age in self.ages.items() if age > self.stale_after}

    @property
    def error(self) -> str | None:
        """One line for stderr; None if no reading is stale."""
        if not self.stale:
            return None
        first, *others = self.stale
        more = f" and {counted(len(others), 'other participant')}" if others else ""
        return (
            f"{shown(first)}{more} {'have' if others else 'has'} no reading of the last "
            f"{self._limit} — {HINT}, or set STALE_AFTER (docs/notifications.md)"
        )

    @property
    def _limit(self) -> str:
        return render_duration(self.stale_after) if self.stale_after else "never"

    def render(self) -> list[str]:
        """Lines for a terminal: a sentence, and each participant with stale readings."""
        if not self.ages:
            return [self._none()]
        if self.stale_after is None:
            return ["not checked (STALE_AFTER=never)"]
        stale, many = self.stale, len(self.ages)
        if not stale:
            who = f"all {many:,} participants have" if many > 1 else "there are"
            return [f"{who} readings of the last {self._limit}{self._of_ended()}"]
        if many == 1:
            (age,) = stale.values()
            return [f"stale: the newest reading is {render_age(age)} old; {HINT}"]
        listed = {who: render_age(age) for who, age in list(stale.items())[:LISTED]}
        width = max(map(len, listed.values()))
        have = "has" if len(stale) == 1 else "have"
        lines = [
            f"stale: {len(stale):,} of {many:,} participants {have} no reading of the last "
            f"{self._limit}{self._of_ended()}",
            *(f"{age:>{width}} ago  {who}" for who, age in listed.items()),
        ]
        if len(stale) > LISTED:
            lines.append(f"… and {counted(len(stale) - LISTED, 'other participant')}")
        return lines

    def _none(self) -> str:
        if self.ended:
            return f"not checked{self._of_ended()}"
        if self.sample:
            return "only the sample is loaded, which is never stale"
        return "no readings yet"

    def _of_ended(self) -> str:
        if not self.ended:
            return ""
        return f"; {counted(self.ended, 'participant has', 'participants have')} ended"


def read_freshness(session: Connection, stale_after: timedelta | None) -> Freshness:
    """Ask the ledger, and the seed of the participants if dbt has built it."""
    ages: dict[str, timedelta] = dict(query.rows(session, statement("commands/newest_readings")))
    has_sample = ages.pop(sample.PARTICIPANT, None) is not None
    ended = ages.keys() & _ended(session)
    taking_part = {who: age for who, age in ages.items() if who not in ended}
    return Freshness(taking_part, len(ended), has_sample, stale_after)


def _ended(session: Connection) -> set[str]:
    if query.value(session, "select to_regclass('marts.participants')") is None:
        return set()
    return {who for (who,) in query.rows(session, statement("commands/ended_participants"))}


def render_age(age: timedelta) -> str:
    """An age in the unit that people would use."""
    if age < timedelta(hours=2):
        return counted(round(age.total_seconds() / 60), "minute")
    if age < timedelta(days=2):
        return counted(round(age.total_seconds() / 3600), "hour")
    return counted(age.days, "day")
