-- Move each participant's latest timestamp forward, never back.
insert into ingest.participants as known (participant_id, latest_timestamp)
select
    latest.participant_id,
    latest.latest_timestamp
from unnest(%s::text[], %s::timestamptz[]) as latest (participant_id, latest_timestamp)
on conflict (participant_id) do update
    set latest_timestamp = greatest(known.latest_timestamp, excluded.latest_timestamp)
