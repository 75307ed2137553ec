{#-
    On a first build, a full refresh and a large delta the loader stages every reading in a table of its own, the
    bulk-load table, which has the form of heart_rate: COPY fills a hypertable in two thirds of the time of an
    `insert … select`, and no row is written twice (docs/decisions/0009). The loader calls the two
    operations; the hooks of heart_rate swap the table in.
-#}

{% macro make_bulk_load_table() %}
    {%- do refuse_another_target('make_bulk_load_table') -%}
    {%- if execute -%}
        {%- set heart_rate = heart_rate_node() -%}
        {%- set table = source('staging', 'heart_rate_bulk_load') -%}
        {%- set time_column = heart_rate.config.timestamp_column -%}
        {%- set has_columnstore = columnstore_after() is not none -%}
        {%- call statement('make_bulk_load_table', auto_begin=true) %}
            drop table if exists {{ table }};
            create table {{ table }} (
                {%- for column in heart_rate.columns.values() %}
                {{ column.name }} {{ column.data_type }}
                {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list %} not null
                {%- endif %}{{ "," if not loop.last }}
                {%- endfor %}
            );
            {{ make_hypertable(table, time_column, var('chunk_interval')) }};
            {{ set_columnstore(table, heart_rate.config.unique_key, time_column) ~ ';' if has_columnstore }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{% endmacro %}


{% macro complete_bulk_load_table(keep_readings=false) %}
    {%- do refuse_another_target('complete_bulk_load_table') -%}
    {%- if execute -%}
        {%- set heart_rate = heart_rate_node() -%}
        {%- set columns, key = heart_rate.columns | list, heart_rate.config.unique_key -%}
        {%- set table = source('staging', 'heart_rate_bulk_load') -%}
        {%- set of_other_days = keep_readings_of_other_days(table, heart_rate.relation_name, columns) if keep_readings -%}
        {#- The name must be free where the table goes: the old one may still have its own. -#}
        {%- set name = unused_name(heart_rate.schema, heart_rate.alias ~ '_pkey') -%}
        {%- set add_key = add_primary_key(table, key, name) -%}
        {%- call statement('complete_bulk_load_table', auto_begin=true) %}
            {{ add_key ~ ';' if add_key | trim }}
            {{ analyze_sample(table) }}
        {%- endcall -%}
        {%- if keep_readings -%}
            {%- do keep_readings_of_staged_days(table, heart_rate.relation_name, columns, key) -%}
            {%- do count_arrivals(table, heart_rate.relation_name) -%}
            {%- do confirm_kept_readings(of_other_days) -%}
        {%- endif -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{% endmacro %}


{% macro heart_rate_node() -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.heart_rate']) }}
{%- endmacro %}


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


{% macro is_bulk_load_staged() -%}
    {#- Both: a run that died may have left the table without its batch, and a swap leaves the batch. What
        is staged for the merge drops the table. Another target must not take it away from the default one. -#}
    {{ return(execute and is_default_target() and not flags.EMPTY and run_query(
        "select 1 from " ~ source('staging', 'batch')
        ~ " where to_regclass('" ~ source('staging', 'heart_rate_bulk_load').render() ~ "') is not null"
    ) | length > 0) }}
{%- endmacro %}


{% macro lock_bulk_load_table() -%}
    {#- Locked with its chunks, and before the old table. Autovacuum may be working on one of the chunks: it gives way within a
        second to a session that waits for its lock. Later it would wait for the grants of this transaction, while the statistics
        of this transaction wait for it. -#}
    {%- set table = source('staging', 'heart_rate_bulk_load') -%}
    {%- if not is_incremental() and is_bulk_load_staged() -%}
        lock table {{ table.render() }} in share update exclusive mode
    {%- endif -%}
{%- endmacro %}


{% macro swap_in_bulk_load_table(relation) -%}
    {#- The table that dbt has just created is empty, as is what it was created from. -#}
    {%- set table = source('staging', 'heart_rate_bulk_load') -%}
    {%- if not is_incremental() and is_bulk_load_staged() -%}
        {%- do record_bulk_load_arrivals() if are_readings_kept() -%}
        {%- call statement('swap_in_bulk_load_table') %}
            drop table {{ relation }};
            alter table {{ table.render() }} set schema {{ relation.schema }};
            alter table {{ relation.schema }}.{{ table.identifier }} rename to {{ relation.identifier }};
        {%- endcall -%}
        {%- do apply_grants(relation, config.get('grants'), should_revoke=false) -%}
        {%- do persist_docs(relation.incorporate(type='table'), model) -%}
    {%- endif -%}
{%- endmacro %}
