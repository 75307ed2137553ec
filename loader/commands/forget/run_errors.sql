-- Grain: one row per run with an error.
select
    run_id,
    error
from ingest.runs
where error is not null
