{% macro refuse_unreadable_chunks() -%}
    {#- TimescaleDB 2.19 reads them as empty, so that a full refresh would copy nothing. As loader/database/compressed_chunks.sql, for dbt run by hand. -#}
    {%- set query -%}
        select format('%I.%I', hypertables.schema_name, hypertables.table_name)
        from _timescaledb_catalog.chunk as chunks
        inner join _timescaledb_catalog.hypertable as hypertables on chunks.hypertable_id = hypertables.id
        where
            chunks.status & 1 = 1
            and starts_with(hypertables.table_name::text, 'heart_rate')
            and current_setting('timescaledb.license') = 'apache'
        limit 1
    {%- endset -%}
    {%- if
        execute
        and flags.WHICH in ('run', 'build')
        and run_query("select to_regclass('_timescaledb_catalog.chunk')").rows[0][0]
    -%}
        {%- set compressed = run_query(query).columns[0].values() -%}
        {%- if compressed -%}
            {%- do exceptions.raise_compiler_error(
                compressed[0] ~ " has compressed chunks, which TimescaleDB can't read under its licence apache:"
                ~ " use the server that compressed them"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
