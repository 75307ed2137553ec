-- Grain: one row per session of ours that waits for a lock and session that is in its way. Ours are the
-- loader's, by the beginning of their application_name, and those of `pids` (dbt's).
with ours as (
    select
        pid,
        wait_event_type
    from pg_stat_activity
    where
        datname = current_database()
        and (
            pid = any(%(pids)s)
            or leader_pid = any(%(pids)s)
            or (
                application_name like %(application)s
                and client_addr is not distinct from (
                    select client_addr
                    from pg_stat_activity
                    where pid = pg_backend_pid()
                )
            )
        )
),

blocked as (
    select
        pid,
        unnest(pg_blocking_pids(pid)) as holder
    from ours
    where wait_event_type = 'Lock'
)

select
    blocked.pid,
    coalesce(wanted.relation::regclass::text, 'a row or another object') as wanted,
    blocked.holder,
    activity.usename,
    coalesce(nullif(activity.application_name, ''), activity.backend_type) as application,
    activity.state,
    to_char(
        coalesce(activity.xact_start, activity.backend_start) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'
    ) as since
from blocked
left join pg_stat_activity as activity on blocked.holder = activity.pid
left join lateral (
    select relation
    from pg_locks
    where pid = blocked.pid and not granted
    limit 1 -- noqa: AM09
) as wanted on true
where blocked.holder not in (select pid from ours)
order by blocked.pid, blocked.holder
