-- After a full comparison the latest readings are what the table holds, also where they moved back.
delete from ingest.participants;
insert into ingest.participants (participant_id, latest_timestamp)
select
    participant_id,
    max(timestamp) as latest_timestamp
from public.heart_rate
group by participant_id
