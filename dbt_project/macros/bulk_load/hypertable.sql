{#-
    The post-hooks that complete a table in the transaction that creates it. The key comes after the rows:
    an index is built faster than it is fed. A hook with nothing to do renders to nothing, and dbt sends no
    statement.
-#}

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
        statistics Postgres takes a day for three hundred readings, and sorts each on disk. The bulk-load
        table has them before the swap: after it every reader would wait for them. -#}
    {%- if not is_incremental() and not has_statistics(relation) -%}
        {{ analyze_sample(relation) }}
    {%- endif -%}
{%- endmacro %}


{% macro analyze_sample(relation) -%}
    {#- A tenth of the usual sample says enough, and costs half a second a year. -#}
    set local default_statistics_target = 10;
    analyze {{ relation }}
{%- endmacro %}


{% macro has_statistics(relation) -%}
    {{ return(execute and run_query(
        "select 1 from pg_stats where schemaname = '" ~ relation.schema ~ "' and tablename = '"
        ~ relation.identifier ~ "' limit 1"
    ) | length > 0) }}
{%- endmacro %}
