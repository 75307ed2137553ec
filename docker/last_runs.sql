-- Grain: one row. How the newest run that has ended did, when the last good one began, and since when
-- a run is going on (null where none is: a killed run's row says "running", but holds no lock).
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
