{#-
    A table becomes a hypertable in three post-hooks, all in the transaction that creates it: made
    while it is empty, filled, given its key. Filling it first and moving the rows into chunks
    afterwards writes every row twice, a third of a first load's time (docs/decisions). A hook that
    has nothing to do renders to nothing, and dbt sends no statement.
-#}

{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {#- Leaves a table that its post-hook fill_hypertable fills empty; dbt's own for all others. -#}
    {%- if not temporary and config.get('meta', {}).get('filled_by_hook') -%}
        {%- set sql = 'select * from (' ~ sql ~ ') as model limit 0' -%}
    {%- endif -%}
    {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
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
    {%- if not is_incremental() -%}
        {%- set columns = model.columns.keys() | join(', ') -%}
        insert into {{ relation }} ({{ columns }})
        select {{ columns }}
        from ({{ sql }}) as model
    {%- endif -%}
{%- endmacro %}


{% macro add_primary_key(relation, columns) -%}
    {#- Unnamed: during a full refresh the old table still owns the name (facts: dbt). -#}
    {%- set has_key = false -%}
    {%- if execute -%}
        {%- set has_key = run_query(
            "select 1 from pg_constraint where contype = 'p' and conrelid = '"
            ~ relation ~ "'::regclass"
        ) | length > 0 -%}
    {%- endif -%}
    {%- if not has_key -%}
        alter table {{ relation }} add primary key ({{ columns | join(', ') }})
    {%- endif -%}
{%- endmacro %}


{% macro analyze_new(relation) -%}
    {#- Autovacuum comes too late for what is built from a new table in the same run: without
        statistics Postgres takes a day for three hundred readings, and sorts each on disk. A tenth of
        the usual sample says enough, and costs half a second a year. -#}
    {%- if not is_incremental() -%}
        set local default_statistics_target = 10;
        analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}
