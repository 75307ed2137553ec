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


{% macro add_primary_key(relation, columns) -%}
    {#- Unnamed: during a full refresh the old table still owns the name (facts: dbt). -#}
    {%- set has_key = false -%}
    {%- if execute -%}
        {%- set has_key = run_query(
            "select 1 from pg_constraint where contype = 'p' and conrelid = '"
            ~ relation ~ "'::regclass"
        ) | length > 0 -%}
    {%- endif -%}
    {%- if has_key -%}
        select 1
    {%- else -%}
        alter table {{ relation }} add primary key ({{ columns | join(', ') }})
    {%- endif -%}
{%- endmacro %}
