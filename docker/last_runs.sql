-- Grain: one row. The outcome of the newest run that has ended, when the last successful run began, and when
-- the current run began (null if there is none: the row of a killed run says "running", but has no lock).
select
    newest.outcome,
    newest.error,
    (
        select max(started_at)
        from ingest.runs
        where outcome in ('ok', 'nothing new')
    ) as last_ok,
    (
        select max(started_at)
        from ingest.runs
        where
            outcome = 'running'
            and exists (
                select
                from pg_locks
                where
                    locktype = 'advisory'
                    and granted
                    and (classid, objid) = (%s, %s)
                    and database = (select oid from pg_database where datname = current_database())
            )
    ) as going_on_since
from (select 1) as one
left join lateral (
    select
        outcome,
        error
    from ingest.runs
    where outcome not in ('running', 'staged')
    order by run_id desc
    limit 1
) as newest on true
