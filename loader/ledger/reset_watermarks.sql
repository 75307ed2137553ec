-- After a full comparison the latest readings are what the table holds, even if they moved back.
-- The primary key is searched for one participant after the other, because reading the whole table takes seconds.
-- Participants stay known if retention has dropped all of their readings.
delete from ingest.participants
where
    not exists (
        select 1
        from ingest.retention
        where participants.latest_timestamp < retention.floor::timestamp at time zone 'UTC'
    );
insert into ingest.participants (participant_id, latest_timestamp)
with recursive participants as (
    select min(participant_id) as participant_id
    from public.heart_rate
    union all
    select (
        select min(readings.participant_id)
        from public.heart_rate as readings
        where readings.participant_id > participants.participant_id
    )
    from participants
    where participants.participant_id is not null
)

select
    participants.participant_id,
    (
        select max(readings.timestamp)
        from public.heart_rate as readings
        where readings.participant_id = participants.participant_id
    )
from participants
where participants.participant_id is not null
on conflict (participant_id) do update set latest_timestamp = excluded.latest_timestamp
