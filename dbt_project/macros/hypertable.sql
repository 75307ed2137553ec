{#-
    How heart_rate is built anew, in the transaction that creates it. What the loader staged as a whole
    table is taken over (take_over.sql) and gets its key. What is staged for a dbt run by hand fills a
    table in three post-hooks: made a hypertable while it is empty, filled, given its key. Filling it
    first and moving the rows into chunks afterwards writes every row twice (docs/decisions/0004). A
    hook that has nothing to do renders to nothing, and dbt sends no statement.
-#}

{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {#- dbt's own for all others. -#}
    {%- set whole = config.get('meta', {}).get('takes_over') -%}
    {%- if temporary or not whole -%}
        {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
    {%- elif is_staged_whole(whole) -%}
        {{ take_over(whole, relation) }}
    {%- else -%}
        {#- Empty: the post-hook fill_hypertable fills it. -#}
        {{ dbt.postgres__create_table_as(
            temporary, relation, 'select * from (' ~ sql ~ ') as model limit 0'
        ) }}
    {%- endif -%}
{%- endmacro %}


{% macro make_hypertable(relation, time_column, chunk_interval) -%}
    {#- No default index: the primary key, added after the rows, serves every query of ours. -#}
    select create_hypertable(
        '{{ relation }}'::regclass,
        by_range('{{ time_column }}', interval '{{ chunk_interval }}'),
        create_default_indexes => false,
        if_not_exists => true,
        migrate_data => true
    )
{%- endmacro %}


{% macro fill_hypertable(relation) -%}
    {#- Of no readings where the table was taken over: then no packs are staged. -#}
    {%- if not is_incremental() -%}
        {%- set columns = model.columns.keys() | join(', ') -%}
        insert into {{ relation }} ({{ columns }})
        select {{ columns }}
        from ({{ sql }}) as model
    {%- endif -%}
{%- endmacro %}


{% macro add_primary_key(relation, columns, name=none) -%}
    {#- Unnamed as a rule: during a full refresh the old table still owns the name (facts: dbt). -#}
    {%- set has_key = false -%}
    {%- if execute -%}
        {%- set has_key = run_query(
            "select 1 from pg_constraint where contype = 'p' and conrelid = '"
            ~ relation ~ "'::regclass"
        ) | length > 0 -%}
    {%- endif -%}
    {%- if not has_key -%}
        alter table {{ relation }} add {{ 'constraint ' ~ name if name }} primary key ({{ columns | join(', ') }})
    {%- endif -%}
{%- endmacro %}


{% macro analyze_new(relation) -%}
    {#- Autovacuum comes too late for what is built from a new table in the same run: without
        statistics Postgres takes a day for three hundred readings, and sorts each on disk. A tenth of
        the usual sample says enough, and costs half a second a year. What was taken over has them:
        after the swap every reader would wait for them. -#}
    {%- if not is_incremental() and not has_statistics(relation) -%}
        {{ analyze_sample(relation) }}
    {%- endif -%}
{%- endmacro %}


{% macro analyze_sample(relation) -%}
    set local default_statistics_target = 10;
    analyze {{ relation }}
{%- endmacro %}


{% macro has_statistics(relation) -%}
    {{ return(execute and run_query(
        "select 1 from pg_stats where schemaname = '" ~ relation.schema ~ "' and tablename = '"
        ~ relation.identifier ~ "' limit 1"
    ) | length > 0) }}
{%- endmacro %}
