-- Grain: one row. What is staged.
select
    min(first_timestamp) as first_timestamp,
    max(last_timestamp) as last_timestamp,
    coalesce(sum(cardinality(timestamps)), 0)::bigint as readings
from staging.heart_rate_packs
