-- Grain: one row. The local days, packed: the steps are days from the first one; two-byte integers in bpm.
select
    string_agg(int4send(day - %(begin)s::date), ''::bytea order by day) as steps,
    string_agg(int2send(mean_bpm::smallint), ''::bytea order by day) as means,
    string_agg(int2send(min_bpm::smallint), ''::bytea order by day) as lowest,
    string_agg(int2send(max_bpm::smallint), ''::bytea order by day) as highest
from marts.heart_rate_day
where participant_id = %(participant)s
