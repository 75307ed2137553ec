-- Grain: one row per run and participant: what arrived.
select
    run_id,
    participant_id,
    rows_new,
    rows_late,
    arrived_at
from ingest.arrivals
where participant_id <> all(%(left_out)s::text[])
order by participant_id, run_id
