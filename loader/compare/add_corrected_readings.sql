-- Delete loaded readings at the instants of former readings where no file has a reading now: their rows have been
-- corrected.
insert into moved
select
    loaded_readings.participant_id,
    loaded_readings.timestamp,
    loaded_readings.value,
    loaded_readings.confidence
from loaded_readings
semi join main.former_readings as former_readings
    on
        loaded_readings.path = former_readings.path
        and loaded_readings.participant_id = former_readings.participant_id
        and loaded_readings.timestamp = former_readings.timestamp
anti join deduplicated
    on
        loaded_readings.participant_id = deduplicated.participant_id
        and loaded_readings.timestamp = deduplicated.timestamp
