{#-
    Under TimescaleDB's community licence old chunks of heart_rate rest in the columnstore, compressed (docs/columnstore.md,
    docs/decisions/0032). Under the Apache licence none of this renders to a statement.
-#}

{% macro columnstore_after() -%}
    {%- set after = var('columnstore_after') | string -%}
    {%- if execute and not modules.re.fullmatch('never|[0-9]+ (hour|day|week|month|year)s?', after) -%}
        {%- do exceptions.raise_compiler_error(
            "the var columnstore_after must be a duration such as 30 days, or never, not " ~ after
        ) -%}
    {%- endif -%}
    {{ return(after if after != 'never' and is_default_target() and has_columnstore() else none) }}
{%- endmacro %}


{% macro has_columnstore() -%}
    {#- Dumps of earlier versions can't be restored if a compressed chunk has only nulls in a column (TimescaleDB 8153). -#}
    {{ return(execute and run_query(
        "select 1 from pg_extension where extname = 'timescaledb'"
        ~ " and current_setting('timescaledb.license', true) = 'timescale'"
        ~ " and string_to_array(split_part(extversion, '-', 1), '.')::integer [] >= array[2, 20]"
    ) | length > 0) }}
{%- endmacro %}


{% macro has_columnstore_settings(relation) -%}
    {{ return(execute and run_query(
        "select 1 from timescaledb_information.hypertables where compression_enabled and hypertable_schema = '"
        ~ relation.schema ~ "' and hypertable_name = '" ~ relation.identifier ~ "'"
    ) | length > 0) }}
{%- endmacro %}


{% macro enable_columnstore(relation, key, time_column) -%}
    {#- Settings of other people stay. -#}
    {%- if columnstore_after() and not has_columnstore_settings(relation) -%}
        {{ patiently(set_columnstore(relation, key, time_column), relation) }}
    {%- endif -%}
{%- endmacro %}


{% macro set_columnstore(relation, key, time_column) -%}
    alter table {{ relation }} set (
        timescaledb.enable_columnstore,
        timescaledb.segmentby = '{{ key | reject('equalto', time_column) | join(', ') }}',
        timescaledb.orderby = '{{ time_column }}'
    )
{%- endmacro %}


{% macro compress_old_chunks() -%}
    {#- After the data tests and in a transaction for each chunk: a reader waits for its commit only. Data that is
        not compressed is right all the same, so a failure is a warning, which the loader passes on. -#}
    {%- set after = columnstore_after() if execute and flags.WHICH in ('run', 'build') and not flags.EMPTY -%}
    {%- if after and heart_rate_node().unique_id in selected_resources -%}
        {%- set remaining = namespace(chunks=[], reason=none) -%}
        {%- for chunk in chunks_to_compress(heart_rate_node(), after) -%}
            {%- set failure = compress_chunk_or_say(chunk) if not remaining.reason -%}
            {%- if failure == 'in use' -%}
                {%- do remaining.chunks.append(chunk) -%}
            {%- elif failure -%}
                {%- set remaining.reason = failure -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if remaining.reason -%}
            {%- do exceptions.warn('old readings could not be compressed: ' ~ remaining.reason) -%}
        {%- elif remaining.chunks -%}
            {%- do exceptions.warn(
                counted(remaining.chunks | length, 'old chunk') ~ ' in use by another session and not compressed: '
                ~ 'the next run tries again'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro chunks_to_compress(heart_rate, after) -%}
    {#- Readings that were merged into a compressed chunk later are still in rows, in the chunk's own file. -#}
    {%- set query -%}
        select format('%I.%I', chunks.chunk_schema, chunks.chunk_name)
        from timescaledb_information.hypertables
        inner join timescaledb_information.chunks
            on
                hypertables.hypertable_schema = chunks.hypertable_schema
                and hypertables.hypertable_name = chunks.hypertable_name
        where
            hypertables.hypertable_schema = '{{ heart_rate.schema }}'
            and hypertables.hypertable_name = '{{ heart_rate.alias }}'
            and hypertables.compression_enabled
            and chunks.range_end <= greatest(
                (select max(latest_timestamp) from {{ source('ingest', 'participants') }}),
                (select max(last_timestamp) from {{ source('staging', 'touched_days') }})
            ) - interval '{{ after }}'
            and (
                not chunks.is_compressed
                or pg_relation_size(format('%I.%I', chunks.chunk_schema, chunks.chunk_name)::regclass) > 0
            )
        order by chunks.range_start
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}


{% macro compress_chunk_or_say(chunk) -%}
    {%- call statement('compress_chunk', auto_begin=true) %}
        {{ unless_in_use(chunk, "perform compress_chunk('" ~ chunk ~ "', if_not_compressed => true)", '2s') }}
    {%- endcall -%}
    {%- set failure = run_query("select current_setting('fitbit.failure')").rows[0][0] -%}
    {%- do adapter.commit() -%}
    {{ return(failure) }}
{%- endmacro %}


{% macro unless_in_use(chunk, conversion, lock_timeout) -%}
    {#- Both conversions end with an exclusive lock, for which compress_chunk would wait 5 s, and readers wait for a session
        that waits for it. Autovacuum gives way after a second. -#}
    do $unless_in_use$
    begin
        perform set_config('lock_timeout', '{{ lock_timeout }}', true), set_config('fitbit.failure', '', false);
        if exists (
            select from pg_locks as locks
            inner join pg_stat_activity as activity on locks.pid = activity.pid
            where
                locks.relation = '{{ chunk }}'::regclass
                and activity.datname = current_database()
                and activity.backend_type = 'client backend'
                and activity.pid <> pg_backend_pid()
        ) then
            raise lock_not_available;
        end if;
        {{ conversion }};
    exception
        when lock_not_available or deadlock_detected then
            perform set_config('fitbit.failure', 'in use', false);
        when others then
            perform set_config('fitbit.failure', sqlerrm, false);
    end;
    $unless_in_use$
{%- endmacro %}
