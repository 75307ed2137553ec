-- Grain: one row per participant that two first-level folders or archives would become although they
-- disagree about instants; the first of it is enough to refuse.
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
