-- The server process of this session, when it started, and the time now.
select
    pid,
    backend_start,
    clock_timestamp() as asked_at
from pg_stat_activity
where pid = pg_backend_pid()
