-- The newest run that ended well.
select
    last_ok_run,
    heart_rate_oid::bigint
from ingest.runs
where outcome in ('ok', 'nothing new')
order by run_id desc
limit 1
