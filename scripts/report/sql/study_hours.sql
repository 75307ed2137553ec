-- Grain: one row per participant and hour of the clock: the mean share of the hour that is covered. An hour
-- that occurs twice a day counts as covered.
select
    yields.participant_id,
    (hours.hour_number - 1)::integer as hour_of_day,
    avg(least(hours.minutes, 60)) / 60.0::double precision as share
from marts.heart_rate_yield as yields
cross join unnest(yields.minutes_by_hour) with ordinality as hours (minutes, hour_number)
group by yields.participant_id, hours.hour_number
order by yields.participant_id, hours.hour_number
