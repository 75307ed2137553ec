-- Grain: one row. The local hours (%(minutes)s = 60) or minutes (1) of a stretch, packed: the steps are hours or
-- minutes from its beginning; two-byte integers in bpm. An hour that the local clock repeats is one with the other.
with instants as (
    select
        participant_id,
        hour as instant,
        mean_bpm,
        min_bpm,
        max_bpm
    from marts.heart_rate_hour
    where %(minutes)s = 60
    union all
    select
        participant_id,
        minute as instant,
        mean_bpm,
        min_bpm,
        max_bpm
    from marts.heart_rate_minute
    where %(minutes)s = 1
),

steps as (
    select
        floor(
            extract(epoch from instant at time zone %(time_zone)s - %(begin)s) / (60 * %(minutes)s)
        )::integer as step,
        avg(mean_bpm) as mean_bpm,
        min(min_bpm) as min_bpm,
        max(max_bpm) as max_bpm
    from instants
    where
        participant_id = %(participant)s
        and instant >= %(begin)s at time zone %(time_zone)s
        and instant < %(until)s at time zone %(time_zone)s
    group by 1
)

select
    string_agg(int4send(step), ''::bytea order by step) as steps,
    string_agg(int2send(mean_bpm::smallint), ''::bytea order by step) as means,
    string_agg(int2send(min_bpm::smallint), ''::bytea order by step) as lowest,
    string_agg(int2send(max_bpm::smallint), ''::bytea order by step) as highest
from steps
