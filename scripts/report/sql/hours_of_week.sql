-- Grain: one row per weekday (1 is Monday) and hour of the participant's local time.
select
    extract(isodow from hour at time zone %(time_zone)s)::int as weekday,
    extract(hour from hour at time zone %(time_zone)s)::int as hour_of_day,
    sum(mean_bpm * minutes_covered) / sum(minutes_covered) as mean_bpm
from marts.heart_rate_hour
where participant_id = %(participant)s
group by 1, 2
