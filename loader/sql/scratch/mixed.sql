-- Grain: one row per participant that two first-level folders or archives would become although they
-- disagree about instants; the first of it is enough to refuse.
with several as (
    select file_days.participant_id
    from file_days
    inner join files on file_days.file_id = files.file_id
    group by file_days.participant_id
    having min(files.first_level) <> max(files.first_level)
),

disagreements as (
    select
        sources.participant_id,
        file_readings.timestamp,
        min(files.first_level) as one,
        max(files.first_level) as other
    from file_readings
    inner join sources on file_readings.source_id = sources.source_id
    inner join files on sources.file_id = files.file_id
    inner join several on sources.participant_id = several.participant_id
    where files.first_level is not null
    group by sources.participant_id, file_readings.timestamp
    having
        min(files.first_level) <> max(files.first_level)
        and min(file_readings.value) <> max(file_readings.value)
)

select
    participant_id,
    min(one) as one,
    max(other) as other,
    count(*) as instants,
    min(timestamp) as first_timestamp
from disagreements
group by participant_id
order by participant_id
limit 1
