-- Create the chunks of staging.heart_rate_bulk_load for staged days, bound as arrays of their first and
-- last instants: by rows, as many as it takes to hit every chunk, which are truncated away later.
insert into staging.heart_rate_bulk_load (participant_id, timestamp, value)
select
    'none' as participant_id,
    instants.instant as timestamp,
    0 as value
from (
    select
        min(first_timestamp) as first_timestamp,
        max(last_timestamp) as last_timestamp
    from unnest(%s::timestamptz[], %s::timestamptz[]) as days (first_timestamp, last_timestamp)
    group by date_trunc('day', first_timestamp)
) as days
cross join (
    select time_interval
    from timescaledb_information.dimensions
    where hypertable_schema = 'staging' and hypertable_name = 'heart_rate_bulk_load'
) as dimension
cross join lateral (
    select generate_series(days.first_timestamp, days.last_timestamp, dimension.time_interval) as instant
    union all
    select days.last_timestamp as instant
) as instants
