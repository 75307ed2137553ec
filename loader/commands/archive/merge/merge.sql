-- Grain: one row per reading of a partition, in the order of its file: those of the delta and those of its present
-- file, and what becomes of them. A reading that has moved is deleted if it still has the value that it had.
create or replace table merged as
with held as (
    select
        participant_id,
        timestamp at time zone 'UTC' as timestamp,
        measurement_of(value, confidence) as measured
    from read_parquet($file, hive_partitioning = false)
),

found as (
    select
        participant_id,
        timestamp,
        measured
    from delta_of_days
    where bucket = $bucket
),

removed as (
    select distinct
        participant_id,
        timestamp,
        measurement_of(value, confidence) as measured
    from moved
    where timestamp >= $start and timestamp < $end
)

select
    coalesce(found.participant_id, held.participant_id) as participant_id,
    coalesce(found.timestamp, held.timestamp) as timestamp,
    coalesce(found.measured, held.measured) as measured,
    case
        when held.timestamp is null then 'added'
        when found.timestamp is null and removed.timestamp is not null then 'moved'
        when found.timestamp is not null and (found.measured is distinct from held.measured) then 'corrected'
        else 'kept'
    end as change
from held
full join found on held.participant_id = found.participant_id and held.timestamp = found.timestamp
left join removed
    on
        held.participant_id = removed.participant_id
        and held.timestamp = removed.timestamp
        and held.measured is not distinct from removed.measured
order by participant_id, timestamp
