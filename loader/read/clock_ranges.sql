-- Grain: one row per participant with valid local times: their range. A participant without one needs no
-- zone, because a rejected row may name anyone.
select
    participant_id,
    min(timestamp) as first_clock,
    max(timestamp) as last_clock
from clocks
where participant_id is not null and timestamp is not null
group by participant_id
