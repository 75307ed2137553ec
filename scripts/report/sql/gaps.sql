-- Grain: one row per gap, the ten longest, in the participant's local time.
select
    gap_start at time zone %(time_zone)s as gap_start,
    gap_end at time zone %(time_zone)s as gap_end,
    extract(epoch from duration)::double precision / 3600 as hours
from marts.heart_rate_gap
where participant_id = %(participant)s
order by duration desc, gap_start asc
limit 10
