"""The tables of likely workouts and of unusual days, each with its rule in words."""

from loader.wording import counted
from scripts.report.html import table, text
from scripts.report.rules import RULES
from scripts.report.study import Study

ROWS_SHOWN = 15


def workouts(study: Study, no_zones: str) -> str:
    """The newest likely workouts.

    Args:
        no_zones: why no day has zones; empty if one has.
    """
    rule = (
        f"A likely workout is a stretch of {RULES.workout_minutes} minutes or more in the zone "
        f"moderate or higher, at least {RULES.workout_high_minutes} of them in vigorous or peak. "
        f"Up to {counted(RULES.workout_pause, 'minute')} below moderate or without readings don't "
        "end it."
    )
    rows = [
        [
            row.began_at,
            row.minutes,
            f"{row.mean_bpm:.0f}",
            f"{row.highest_bpm:.0f}",
            row.minutes_vigorous,
            row.minutes_peak,
        ]
        for row in study.workouts[:ROWS_SHOWN]
    ]
    return table(
        "workouts",
        "Likely workouts",
        [
            f"Start ({study.time_zone})",
            "Minutes",
            "Mean, bpm",
            "Highest minute",
            "Vigorous, min",
            "Peak, min",
        ],
        rows,
        _about(no_zones or f"{rule} {_newest_of(len(study.workouts))}"),
    )


def unusual_days(study: Study) -> str:
    """The newest days with a rate that is unusual for this participant."""
    rule = (
        f"A rate is unusual if its distance from the median of the {RULES.usual_days} days before "
        f"is more than {RULES.usual_spreads} times the median distance of these days, and more "
        f"than {RULES.usual_bpm} bpm. At least {RULES.usual_least} of these days must have the "
        "rate. The resting and the night rate are compared on days with a worn night, the mean of "
        "the day on valid days. The rule doesn't know the cause."
    )
    rows = [
        [
            row.day,
            row.rate,
            f"{row.bpm:.1f}",
            f"{row.median - row.distance:.1f} to {row.median + row.distance:.1f}",
            f"{row.median:.1f}",
        ]
        for row in study.unusual_days[:ROWS_SHOWN]
    ]
    return table(
        "unusual",
        "Unusual days",
        ["Day", "Rate", "That day, bpm", "Usual, bpm", "Median, bpm"],
        rows,
        _about(f"{rule} {_newest_of(len(study.unusual_days))}"),
    )


def _newest_of(count: int) -> str:
    """How many there are, and which of them are shown."""
    recent = f"in the last {RULES.recent_days // 7} weeks"
    if count <= ROWS_SHOWN:
        return f"{count or 'None'} {recent}."
    return f"{count} {recent}; the newest {ROWS_SHOWN}:"


def _about(rule: str) -> str:
    return f"<p class=muted>{text(rule)}</p>\n"
