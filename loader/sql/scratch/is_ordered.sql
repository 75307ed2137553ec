-- Whether the valid rows, as they stand, are in strictly rising order of (participant, timestamp):
-- then nothing needs sorting and nothing is a duplicate. (DuckDB's row comparison would take the
-- nulls before the first row for the greatest of all, hence the two comparisons.)
select not exists (
    select 1
    from (
        select
            participant_id,
            timestamp,
            lag(participant_id) over () as previous_participant,
            lag(timestamp) over () as previous_timestamp
        from readings
        where timestamp is not null
    )
    where
        participant_id < previous_participant
        or (participant_id = previous_participant and timestamp <= previous_timestamp)
)
