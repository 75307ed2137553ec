-- Grain: one row. How many readings are staged as packs.
select coalesce(sum(cardinality(timestamps)), 0)::bigint as readings
from staging.heart_rate_packs
