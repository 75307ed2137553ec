-- Grain: one row per chunk of staging.heart_rate_bulk_load, in the order of time.
select
    range_start,
    range_end,
    chunk_schema,
    chunk_name
from timescaledb_information.chunks
where
    hypertable_schema = 'staging'
    and hypertable_name = 'heart_rate_bulk_load'
order by range_start
