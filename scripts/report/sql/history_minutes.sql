-- Grain: one row. The local minutes of a month, packed: the steps are minutes from the first one; two-byte integers in bpm.
-- An hour that the local clock repeats is one with the other.
with minutes as (
    select
        floor(extract(epoch from minute at time zone %(time_zone)s - %(begin)s) / 60)::integer as step,
        avg(mean_bpm) as mean_bpm,
        min(min_bpm) as min_bpm,
        max(max_bpm) as max_bpm
    from marts.heart_rate_minute
    where
        participant_id = %(participant)s
        and minute >= %(begin)s at time zone %(time_zone)s
        and minute < %(until)s at time zone %(time_zone)s
    group by 1
)

select
    string_agg(int4send(step), ''::bytea order by step) as steps,
    string_agg(int2send(mean_bpm::smallint), ''::bytea order by step) as means,
    string_agg(int2send(min_bpm::smallint), ''::bytea order by step) as lowest,
    string_agg(int2send(max_bpm::smallint), ''::bytea order by step) as highest
from minutes
