-- Grain: one row per participant with a reading that counts; what its marts were built with.
select
    participant_id,
    time_zone,
    min_confidence
from marts.heart_rate_participant
