-- Grain: one row per participant: the range of the local times read; null where none was understood.
select
    participant_id,
    min(timestamp) as first_clock,
    max(timestamp) as last_clock
from clocks
where participant_id is not null
group by participant_id
