-- Grain: one row per participant, UTC day and device.
select
    participant_id,
    day,
    device,
    first_timestamp,
    last_timestamp
from ingest.devices
where participant_id <> all(%(left_out)s::text[])
order by participant_id, day, device
