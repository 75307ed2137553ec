-- Replace the devices of some participant-days: those in the files that were read, and those that the ledger has
-- of other files, also of missing ones, whose readings stay.
with decided as (
    select distinct
        participant_id,
        day
    from unnest(%(participant_ids)s::text[], %(days)s::date[]) as decided_days (participant_id, day)
),

found as (
    select
        participant_id,
        day,
        device,
        first_timestamp,
        last_timestamp
    from
        unnest(
            %(found_participants)s::text[],
            %(found_days)s::date[],
            %(found_devices)s::text[],
            %(first_timestamps)s::timestamptz[],
            %(last_timestamps)s::timestamptz[]
        ) as rows_found (participant_id, day, device, first_timestamp, last_timestamp)
    union all
    select
        days.participant_id,
        days.day,
        days.device,
        days.first_timestamp,
        days.last_timestamp
    from ingest.days as days
    inner join decided
        on days.participant_id = decided.participant_id and days.day = decided.day
    where
        days.device <> ''
        and days.path <> all(%(scanned)s::text[])
        and not %(everything)s
),

of_days as (
    select
        participant_id,
        day,
        device,
        min(first_timestamp) as first_timestamp,
        max(last_timestamp) as last_timestamp
    from found
    group by participant_id, day, device
),

removed as (
    delete from ingest.devices as known
    using decided
    where
        known.participant_id = decided.participant_id
        and known.day = decided.day
        and not exists (
            select 1
            from of_days
            where
                of_days.participant_id = known.participant_id
                and of_days.day = known.day
                and of_days.device = known.device
        )
)

insert into ingest.devices as known (participant_id, day, device, first_timestamp, last_timestamp)
select
    participant_id,
    day,
    device,
    first_timestamp,
    last_timestamp
from of_days
on conflict (participant_id, day, device) do update
    set
        first_timestamp = excluded.first_timestamp,
        last_timestamp = excluded.last_timestamp
    where
    (known.first_timestamp, known.last_timestamp)
    is distinct from (excluded.first_timestamp, excluded.last_timestamp)
