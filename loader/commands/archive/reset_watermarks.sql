-- After a full comparison the latest readings are what the archive has, even if they moved back.
with forgotten as (
    delete from ingest.participants
    where participant_id <> all(%(participants)s::text[])
)

insert into ingest.participants as known (participant_id, latest_timestamp)
select
    participant_id,
    latest_timestamp
from unnest(%(participants)s::text[], %(timestamps)s::timestamptz[]) as latest (participant_id, latest_timestamp)
on conflict (participant_id) do update
    set latest_timestamp = excluded.latest_timestamp
