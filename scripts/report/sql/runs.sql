-- Grain: one row per run, the newest ten.
select
    run_id,
    started_at,
    outcome,
    rows_read,
    rows_new,
    rows_late,
    rows_corrected,
    rows_unchanged,
    rows_duplicate,
    rows_rejected,
    coalesce(rows_below_retention, 0) as rows_below_retention,
    extract(epoch from ended_at - started_at)::double precision as seconds
from ingest.runs
order by run_id desc
limit 10
