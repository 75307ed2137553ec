-- What the newest run that ended well recorded, and which table the newest commit left.
with committed as (
    select
        run_id,
        outcome,
        last_ok_run,
        heart_rate_oid
    from ingest.runs
    where outcome in ('ok', 'nothing new') or heart_rate_oid is not null
)

select
    (
        select last_ok_run from committed
        where outcome in ('ok', 'nothing new')
        order by run_id desc limit 1
    ) as last_ok_run,
    heart_rate_oid::bigint
from committed
order by run_id desc
limit 1
