-- Grain: one row per participant with a reading that counts; of the whole history, whatever the range.
select
    participant_id,
    first_reading,
    last_reading,
    days_with_data,
    valid_days,
    extract(epoch from longest_gap)::double precision as longest_gap_seconds,
    latest_arrival,
    late_readings
from marts.heart_rate_coverage
where participant_id = any(%(participants)s)
order by participant_id
