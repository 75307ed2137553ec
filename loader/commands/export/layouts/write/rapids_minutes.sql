-- Grain: one row per participant and minute.
select
    participant_id as device_id,
    epoch_ms(minute) as timestamp,
    strftime(local_time, '%Y-%m-%d %H:%M:%S') as local_date_time,
    round(mean_bpm)::integer as heartrate,
    null as heartrate_zone
from batches
