-- Grain: one row per setting of the participants' marts, with its values; at most a few differ.
select
    settings.name,
    array_agg(distinct coalesce(settings.value, 'unknown') order by coalesce(settings.value, 'unknown')) as present
from marts.heart_rate_participant as built
cross join
    lateral (
        values
        (1, 'definitions', built.definitions::text),
        (2, 'time_zone', built.time_zone),
        (3, 'min_confidence', built.min_confidence::text),
        (4, 'gap_minutes', built.gap_minutes::text),
        (5, 'valid_day_hours', built.valid_day_hours::text),
        (6, 'valid_hour_minutes', built.valid_hour_minutes::text),
        (7, 'resting_minutes', built.resting_minutes::text),
        (8, 'zone_rule', built.zone_rule),
        (9, 'zone_resting_days', built.zone_resting_days::text),
        (10, 'moderate_from', built.moderate_from::text),
        (11, 'vigorous_from', built.vigorous_from::text),
        (12, 'peak_from', built.peak_from::text)
    ) as settings (place, name, value)
where built.participant_id = any(%(participants)s)
group by settings.place, settings.name
order by settings.place
