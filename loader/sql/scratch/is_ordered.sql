-- Whether the valid rows, as they stand, are in strictly rising order of (participant, timestamp):
-- then nothing needs sorting and nothing is a duplicate.
select not exists (
    select 1
    from (
        select
            participant_id,
            timestamp,
            lag(participant_id) over () as previous_participant,
            lag(timestamp) over () as previous_timestamp
        from readings
        where reason is null
    )
    where (participant_id, timestamp) <= (previous_participant, previous_timestamp)
)
