-- Grain: one row per participant with a local time that was understood: the range of these times. Who has
-- none needs no zone: a rejected row may name anybody.
select
    participant_id,
    min(timestamp) as first_clock,
    max(timestamp) as last_clock
from clocks
where participant_id is not null and timestamp is not null
group by participant_id
