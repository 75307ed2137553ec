-- Delete readings that files have under their former settings and that no file has now. Every file with readings of
-- these days was read in full.
insert into moved
select distinct
    former_readings.participant_id,
    former_readings.timestamp,
    unnest(former_readings.measured)
from main.former_readings as former_readings
semi join former_days
    on
        former_readings.path = former_days.path
        and former_readings.participant_id = former_days.participant_id
        and former_readings.timestamp::date = former_days.day
        and former_readings.timestamp between former_days.first_timestamp and former_days.last_timestamp
anti join deduplicated
    on
        former_readings.participant_id = deduplicated.participant_id
        and former_readings.timestamp = deduplicated.timestamp
