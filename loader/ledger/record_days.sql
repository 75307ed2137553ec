-- Add what files contain, by participant, UTC day and device. A day that an appended part continues is added
-- up; if the part reaches back into the known rows, instants may repeat, and the checksum stays
-- unknown until the file is next read in full.
insert into ingest.days (
    path, participant_id, day, device, readings, checksum, first_timestamp, last_timestamp
)
select
    added.path,
    added.participant_id,
    added.day,
    added.device,
    coalesce(known.readings, 0) + added.readings,
    case
        when known.path is null then added.checksum
        when added.first_timestamp > known.last_timestamp
            then (known.checksum + added.checksum) %% 2305843009213693952
    end,
    case
        when known.path is null then added.first_timestamp
        when known.first_timestamp is not null
            then least(known.first_timestamp, added.first_timestamp)
    end,
    greatest(known.last_timestamp, added.last_timestamp)
from
    unnest(
        %s::text[],
        %s::text[],
        %s::date[],
        %s::text[],
        %s::bigint[],
        %s::bigint[],
        %s::timestamptz[],
        %s::timestamptz[]
    ) as added (path, participant_id, day, device, readings, checksum, first_timestamp, last_timestamp)
left join ingest.days as known
    on
        added.path = known.path
        and added.participant_id = known.participant_id
        and added.day = known.day
        and added.device = known.device
on conflict (path, participant_id, day, device) do update
    set
        readings = excluded.readings,
        checksum = excluded.checksum,
        first_timestamp = excluded.first_timestamp,
        last_timestamp = excluded.last_timestamp
