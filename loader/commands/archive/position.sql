-- Grain: at most one row: what heart_rate has now. A run that has staged readings and not merged them yet, and
-- those after it, don't count: the merge may come later.
select
    run_id,
    started_at::text as run_started_at,
    to_regclass('public.heart_rate')::oid::bigint as heart_rate_oid,
    (select count(*) from ingest.forgotten) as forgotten
from ingest.runs
where
    to_regclass('public.heart_rate') is not null
    and run_id < all(
        select batch.run_id
        from staging.batch as batch
        where not exists (
            select 1
            from ingest.merges as merged -- noqa: PRS
            where merged.run_id = batch.run_id
        )
    )
order by run_id desc
limit 1
