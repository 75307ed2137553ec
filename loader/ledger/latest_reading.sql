-- The latest reading ever ingested.
select
    participant_id,
    latest_timestamp
from ingest.participants
order by latest_timestamp desc, participant_id asc
limit 1
