-- Grain: one row per chunk of public.heart_rate, in the order of time; its range, end exclusive.
select
    range_start,
    range_end
from timescaledb_information.chunks
where
    hypertable_schema = 'public'
    and hypertable_name = 'heart_rate'
order by range_start
