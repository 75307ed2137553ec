-- Grain: one row per participant-day (UTC) that a run has staged since a position.
select
    participant_id,
    day
from ingest.changed_days
where run_id > %(run_id)s
