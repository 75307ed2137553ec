-- Grain: at most one row: the last run that may have changed what the ledger's files have. One that has only staged counts
-- once its readings are merged.
select
    run_id,
    started_at::text as run_started_at
from ingest.runs
where
    outcome not in ('nothing new', 'staged')
    or (
        outcome = 'staged'
        and exists (
            select 1
            from ingest.merges as merged -- noqa: PRS
            where merged.run_id = runs.run_id
        )
    )
order by run_id desc
limit 1
