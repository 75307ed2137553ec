-- Grain: one row. How many participants' marts were built with other settings than the present ones,
-- and which settings those are. The present ones are those of the macro present_settings.
with known as (
    select
        participant_id,
        time_zone,
        birth_year
    from jsonb_to_recordset(%(known)s) as seed ( -- noqa: AL05
        participant_id text, time_zone text, birth_year integer
    )
),

differing as (
    select
        built.participant_id,
        settings.name
    from marts.heart_rate_participant as built
    left join known on built.participant_id = known.participant_id
    cross join
        lateral (
            values
            ('time_zone', built.time_zone is distinct from coalesce(known.time_zone, %(time_zone)s)),
            ('birth_year', built.birth_year is distinct from coalesce(known.birth_year, %(birth_year)s::integer)),
            ('marts_min_confidence', built.min_confidence is distinct from %(min_confidence)s),
            ('gap_minutes', built.gap_minutes is distinct from %(gap_minutes)s),
            ('valid_day_hours', built.valid_day_hours is distinct from %(valid_day_hours)s),
            ('valid_hour_minutes', built.valid_hour_minutes is distinct from %(valid_hour_minutes)s),
            ('resting_minutes', built.resting_minutes is distinct from %(resting_minutes)s),
            ('zone_rule', built.zone_rule is distinct from %(zone_rule)s),
            ('zone_resting_days', built.zone_resting_days is distinct from %(zone_resting_days)s),
            ('zone moderate', built.moderate_from is distinct from %(moderate_from)s),
            ('zone vigorous', built.vigorous_from is distinct from %(vigorous_from)s),
            ('zone peak', built.peak_from is distinct from %(peak_from)s)
        ) as settings (name, differs)
    where settings.differs
)

select
    count(distinct participant_id) as participants,
    array_agg(distinct name order by name) as names
from differing
