-- Whether the valid rows are in strictly ascending order of (participant, timestamp): then there are no
-- duplicates, and nothing has to be sorted.
with steps as (
    select
        source_id,
        timestamp,
        lag(source_id) over () as previous_source_id,
        lag(timestamp) over () as previous_timestamp
    from readings
    where timestamp is not null
)

select not exists (
    select 1
    from steps
    inner join sources as this on steps.source_id = this.source_id
    inner join sources as previous on steps.previous_source_id = previous.source_id
    where
        (steps.timestamp <= steps.previous_timestamp or steps.source_id <> steps.previous_source_id)
        and (
            this.participant_id < previous.participant_id
            or (
                this.participant_id = previous.participant_id
                and steps.timestamp <= steps.previous_timestamp
            )
        )
)
