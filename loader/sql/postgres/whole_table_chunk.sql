-- Grain: one row. The chunk of staging.heart_rate_whole to which an instant belongs.
select
    chunk_schema,
    chunk_name,
    range_start,
    range_end
from timescaledb_information.chunks
where
    hypertable_schema = 'staging'
    and hypertable_name = 'heart_rate_whole'
    and range_start <= %(instant)s
    and range_end > %(instant)s
