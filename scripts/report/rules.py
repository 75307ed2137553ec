"""The report's rules: parameters of its queries, which the page says in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The parameters of the queries in ``sql/`` that aren't settings of the marts.

    Attributes:
        night_minutes: covered minutes from 03:00 to 07:00 with which a night counts as worn.
        period_days: the length of the periods of the headlines, in calendar days.
        period_least: the fewest days or nights of a period from which a headline is computed.
        recent_days: how far back workouts and unusual days are looked for, in calendar days.
        workout_minutes: the shortest workout, from its first to its last minute.
        workout_high_minutes: its fewest minutes in the zones vigorous and peak.
        workout_pause: the most minutes below the zone moderate, or not covered, between two of it.
        usual_days: the calendar days before a day to which it is compared.
        usual_least: the fewest of these that must have the figure.
        usual_spreads: how many median distances from their median are unusual.
        usual_bpm: the distance up to which no rate is unusual.
    """

    night_minutes: int = 120
    period_days: int = 30
    period_least: int = 10
    recent_days: int = 371
    workout_minutes: int = 15
    workout_high_minutes: int = 10
    workout_pause: int = 3
    usual_days: int = 28
    usual_least: int = 14
    usual_spreads: int = 4
    usual_bpm: int = 5


RULES = Rules()
