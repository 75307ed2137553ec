-- Grain: at most one row: the last run of this ledger that merged readings and was committed.
select
    run_id,
    started_at::text as run_started_at
from ingest.runs
where
    exists (
        select 1
        from ingest.merges as merged -- noqa: PRS
        where merged.run_id = runs.run_id and merged.committed
    )
order by run_id desc
limit 1
