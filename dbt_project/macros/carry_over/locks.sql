{#-
    A statement that waits for a table's exclusive lock blocks all statements that arrive after it, readers too, although another
    transaction holds the lock. So dbt waits in turns of two to five seconds, with a second between them in which other sessions
    can pass (loader/database/lock_wait.py does the same). The loader explains the wait and gives up at its limit
    (loader/database/lock_watch.py); if dbt is run by hand, the limit is ten minutes.
-#}

{% macro patiently(statement, relation) -%}
do $patiently$
declare
    lock_wait constant float8 := coalesce(nullif(current_setting('fitbit.lock_wait', true), ''), '600')::float8;
    given_up constant timestamptz := clock_timestamp() + make_interval(secs => lock_wait);
    before constant text := current_setting('lock_timeout');
    turn integer := 2;
    holders text;
begin
    loop
        begin
            perform set_config('lock_timeout', turn || 's', true);
            execute $statement${{ statement }}$statement$;
            perform set_config('lock_timeout', before, true);
            return;
        exception when lock_not_available then
            if clock_timestamp() > given_up then
                select string_agg(
                    format('pid %s (%s) since %s', activity.pid, concat_ws(
                        ', ', 'user ' || activity.usename, nullif(activity.application_name, ''), activity.state
                    ), activity.xact_start), ' and '
                )
                into holders
                from pg_locks as locks
                inner join pg_stat_activity as activity on locks.pid = activity.pid
                where locks.relation = to_regclass('{{ relation }}') and locks.granted
                    and locks.pid <> pg_backend_pid();
                raise exception 'gave up after % s of waiting for a lock on {{ relation }}, held by %',
                    lock_wait, coalesce(holders, 'somebody who has just ended')
                using errcode = 'lock_not_available';
            end if;
        end;
        perform pg_sleep(1);
        turn := least(turn + 1, 5);
    end loop;
end;
$patiently$
{%- endmacro %}


{% macro postgres__truncate_relation(relation) -%}
    {%- call statement('truncate_relation') -%}
        {{ patiently('truncate table ' ~ relation, relation) }}
    {%- endcall -%}
{%- endmacro %}


{% macro postgres__drop_relation(relation) -%}
    {%- call statement('drop_relation', auto_begin=False) -%}
        {{ patiently(get_drop_sql(relation), relation) }}
    {%- endcall -%}
{%- endmacro %}
