-- Grain: one row per participant of two first-level folders or archives that contradict each other; the first
-- one is enough to refuse the run.
select
    participant_id,
    min(one) as one,
    max(other) as other,
    sum(instants)::bigint as instants,
    min(first_timestamp) as first_timestamp
from disagreements
group by participant_id
order by participant_id
limit 1
