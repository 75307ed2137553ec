-- Who holds the advisory lock (key halves bound as classid and objid), and since when.
select
    activity.application_name,
    to_char(activity.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC') as since
from pg_locks as locks
inner join pg_stat_activity as activity on locks.pid = activity.pid
where
    locks.locktype = 'advisory'
    and locks.granted
    and locks.database = (select oid from pg_database where datname = current_database())
    and locks.classid = %s::bigint::oid
    and locks.objid = %s::bigint::oid
