-- Grain: one reading of a touched participant-day, in the order (participant, timestamp).
create or replace view delta as
select
    settled.participant_id,
    settled.timestamp,
    epoch_us(settled.timestamp) as timestamp_us,
    settled.value,
    settled.confidence
from settled
where exists (
    select 1
    from touched
    where
        touched.participant_id = settled.participant_id
        and touched.day = settled.timestamp::date
)
order by settled.participant_id, settled.timestamp
