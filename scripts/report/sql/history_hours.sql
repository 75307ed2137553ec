-- Grain: one row. The local hours, packed: the steps are hours from the first one; two-byte integers in bpm.
-- An hour that the local clock repeats is one with the other.
with hours as (
    select
        floor(extract(epoch from hour at time zone %(time_zone)s - %(begin)s) / 3600)::integer as step,
        avg(mean_bpm) as mean_bpm,
        min(min_bpm) as min_bpm,
        max(max_bpm) as max_bpm
    from marts.heart_rate_hour
    where
        participant_id = %(participant)s
        and hour >= %(begin)s at time zone %(time_zone)s
        and hour < %(until)s at time zone %(time_zone)s
    group by 1
)

select
    string_agg(int4send(step), ''::bytea order by step) as steps,
    string_agg(int2send(mean_bpm::smallint), ''::bytea order by step) as means,
    string_agg(int2send(min_bpm::smallint), ''::bytea order by step) as lowest,
    string_agg(int2send(max_bpm::smallint), ''::bytea order by step) as highest
from hours
