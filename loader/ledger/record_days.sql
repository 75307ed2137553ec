-- Add what files gave, by participant and UTC day. A day that an appended part continues is added
-- up; where the part reaches back into what was there, instants may repeat, and the checksum stays
-- unknown until the file is next read in full.
with given as (
    select
        path,
        participant_id,
        day,
        readings,
        checksum,
        first_timestamp,
        last_timestamp
    from unnest(
        %s::text [],
        %s::text [],
        %s::date [],
        %s::bigint [],
        %s::bigint [],
        %s::timestamptz [],
        %s::timestamptz []
    ) as part (
        path, participant_id, day, readings, checksum, first_timestamp, last_timestamp
    )
)

insert into ingest.days (
    path, participant_id, day, readings, checksum, first_timestamp, last_timestamp
)
select
    given.path,
    given.participant_id,
    given.day,
    coalesce(known.readings, 0) + given.readings,
    case
        when known.path is null then given.checksum
        when given.first_timestamp > known.last_timestamp
            then (known.checksum + given.checksum) %% 2305843009213693952
    end,
    case
        when known.path is null then given.first_timestamp
        when known.first_timestamp is not null
            then least(known.first_timestamp, given.first_timestamp)
    end,
    greatest(known.last_timestamp, given.last_timestamp)
from given
left join ingest.days as known
    on
        given.path = known.path
        and given.participant_id = known.participant_id
        and given.day = known.day
on conflict (path, participant_id, day) do update
set
    readings = excluded.readings,
    checksum = excluded.checksum,
    first_timestamp = excluded.first_timestamp,
    last_timestamp = excluded.last_timestamp
