-- Grain: one row per chunk of staging.heart_rate_bulk_load, in the order of time. `is_old`: it is to be compressed, because
-- it ends long enough before the newest reading; null if nothing is.
select
    chunks.range_start,
    chunks.range_end,
    chunks.chunk_schema,
    chunks.chunk_name,
    hypertables.compression_enabled
    and chunks.range_end <= %(newest)s::timestamptz - %(columnstore_after)s::interval as is_old
from timescaledb_information.chunks
inner join timescaledb_information.hypertables
    on
        chunks.hypertable_schema = hypertables.hypertable_schema
        and chunks.hypertable_name = hypertables.hypertable_name
where
    chunks.hypertable_schema = 'staging'
    and chunks.hypertable_name = 'heart_rate_bulk_load'
order by chunks.range_start
