{#-
    A first build and a full refresh bring every reading there is. The loader stages those as rows of
    a hypertable in the shape of heart_rate, which heart_rate then takes over by its name: COPY fills
    a hypertable in two thirds of the time of an `insert … select`, and no row is written twice
    (docs/decisions/0009).
-#}

{% macro make_heart_rate_whole() %}
    {%- if execute -%}
        {%- set heart_rate = graph.nodes['model.' ~ project_name ~ '.heart_rate'] -%}
        {%- set table = heart_rate.config.meta.takes_over -%}
        {%- call statement('make_heart_rate_whole', auto_begin=true) %}
            drop table if exists {{ table }};
            create table {{ table }} (
                {%- for column in heart_rate.columns.values() %}
                {{ column.name }} {{ column.data_type }}
                {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list %} not null
                {%- endif %}{{ "," if not loop.last }}
                {%- endfor %}
            );
            {{ make_hypertable(table, heart_rate.config.timestamp_column, var('chunk_interval')) }};
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{% endmacro %}


{% macro add_key_to_heart_rate_whole() %}
    {%- if execute -%}
        {%- set heart_rate = graph.nodes['model.' ~ project_name ~ '.heart_rate'] -%}
        {#- By a name for where the table goes: there the old one may still have its own. -#}
        {%- set name = unused_name(heart_rate.schema, heart_rate.alias ~ '_pkey') -%}
        {%- set add_key = add_primary_key(
            heart_rate.config.meta.takes_over, heart_rate.config.unique_key, name
        ) -%}
        {%- call statement('add_key_to_heart_rate_whole', auto_begin=true) %}
            {{ add_key ~ ';' if add_key | trim }}
            {{ analyze_sample(heart_rate.config.meta.takes_over) }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{% endmacro %}


{% macro unused_name(schema, name) -%}
    {%- set names %}
        select '{{ name }}' || coalesce(nullif(number, 0)::text, '')
        from generate_series(0, 9) as numbers (number)
        where to_regclass('{{ schema }}.{{ name }}' || coalesce(nullif(number, 0)::text, '')) is null
        order by number
        limit 1
    {%- endset -%}
    {{ return(run_query(names).rows[0][0]) }}
{%- endmacro %}


{% macro is_staged_whole(table) -%}
    {#- Both: a run that died may have left the table empty, and one taken over is there no more. -#}
    {{ return(execute and not flags.EMPTY and run_query(
        "select 1 from " ~ source('staging', 'batch').render() ~ " where whole and to_regclass('" ~ table ~ "') is not null"
    ) | length > 0) }}
{%- endmacro %}


{% macro take_over(table, relation) -%}
    {#- With its chunks and against autovacuum, which may be at one of them: it would wait for the grants
        of this transaction, and the statistics for it. A lock that is waited for makes it give way. -#}
    {%- set schema, name = table.split('.') -%}
    lock table {{ table }} in share update exclusive mode;
    alter table {{ table }} set schema {{ relation.schema }};
    alter table {{ relation.schema }}.{{ name }} rename to {{ relation.identifier }};
{%- endmacro %}
