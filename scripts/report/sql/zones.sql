-- Grain: one row per zone, the lowest first.
select
    zone,
    from_share
from marts.heart_rate_zones
order by from_share
