"""The limits of a wearer's heart-rate zones on one day, as Fitbit computed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

LARGEST_BPM = 300

YEARS = range(1900, 2200)
"""The Google Health API also sends limits for the year 9998, which stand for no day."""


@dataclass(frozen=True)
class ZoneLimits:
    """The limits of one local day, in beats per minute.

    Attributes:
        day: the wearer's local day.
        moderate_from, vigorous_from, peak_from: where each zone begins.
    """

    day: date
    moderate_from: float
    vigorous_from: float
    peak_from: float

    @property
    def is_of_a_day(self) -> bool:
        """Whether its day is one of the supported years."""
        return self.day.year in YEARS


def zone_limits(day: date, begins: Mapping[str, object]) -> ZoneLimits | None:
    """The limits of a day, if ``begins`` has each zone's first bpm and they rise.

    Args:
        day: the wearer's local day.
        begins: the first bpm of ``MODERATE``, ``VIGOROUS`` and ``PEAK``, as numbers or text.
    """
    found = [_bpm(begins.get(zone)) for zone in ("MODERATE", "VIGOROUS", "PEAK")]
    rising = all(one < other for one, other in zip([0, *found], found, strict=False))
    return ZoneLimits(day, *found) if rising and found[-1] <= LARGEST_BPM else None


def _bpm(value: object) -> float:
    """A whole number of beats; 0 for anything else."""
    text = str(value)
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0.0
