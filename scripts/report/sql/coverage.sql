-- Grain: one row per participant.
select
    participant_id,
    first_reading at time zone 'UTC' as first_reading,
    last_reading at time zone 'UTC' as last_reading,
    days_with_data,
    valid_days,
    extract(epoch from longest_gap)::double precision / 3600 as longest_gap_hours,
    latest_arrival at time zone 'UTC' as latest_arrival,
    late_readings
from marts.heart_rate_coverage
order by participant_id
