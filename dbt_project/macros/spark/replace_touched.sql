{#-
    The strategy replace_touched on Spark, where a mart is a folder of Parquet files by bucket and, for most marts, by day or month
    (config partition_date). A partition can only be replaced as a whole: with its recomputed rows and the others that it had.
-#}

{% materialization incremental, adapter='spark' -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or should_full_refresh() -%}
        {%- do drop_if_exists(this) -%}
        {%- call statement('main') -%}
            create table {{ this }} using parquet
            partitioned by ({{ partition_columns() | join(', ') }})
            {{ comment_clause() }}
            as {{ with_partition_columns(sql) }}
        {%- endcall -%}
    {%- elif has_touched_days() -%}
        {%- do replace_touched_partitions(sql) -%}
    {%- else -%}
        {%- do store_raw_result('main', message='OK: no day has changed', code='OK', rows_affected=0) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{%- endmaterialization %}


{% macro has_touched_days() -%}
    {{ return(run_query('select 1 from ' ~ source('staging', 'touched_days') ~ ' limit 1').rows | length > 0) }}
{%- endmacro %}


{% macro partition_columns() -%}
    {{ return(['bucket', 'part'] if config.get('partition_date') else ['bucket']) }}
{%- endmacro %}


{% macro with_partition_columns(query) -%}
    select
        /*+ rebalance({{ partition_columns() | join(', ') }}) */
        rows_of_mart.*,
        pmod(conv(substring(md5(participant_id), 1, 8), 16, 10)::bigint, {{ var('archive_buckets') }})::integer as bucket
        {%- if config.get('partition_date') %},
        {{ config.get('partition_date') }} as part
        {%- endif %}
    from ({{ query }}) as rows_of_mart
{%- endmacro %}


{% macro replace_touched_partitions(query) -%}
    {#- First the whole new partitions in a table of their own, then in the mart: if Spark dies while it replaces them, rows of
        participants that are not touched are in that table, and the next run begins with it. -#}
    {%- set touched = this.incorporate(path={'identifier': this.identifier ~ '__touched'}) -%}
    {%- set new = this.incorporate(path={'identifier': this.identifier ~ '__new'}) -%}
    {%- set partition = partition_columns() | join(', ') -%}
    {%- set reach = in_touched_days('part') if config.get('timestamp_column') else 'true' -%}
    {%- set is_touched = is_in_touched_buckets() -%}
    {%- set touched_partitions -%}
        select distinct {{ partition }}
        from {{ this }} as target
        where {{ reach }} and {{ is_touched }}
    {%- endset -%}

    {%- if load_cached_relation(new) -%}
        {%- do overwrite_partitions(new) -%}
    {%- endif -%}
    {%- do drop_if_exists(new) -%}
    {%- do drop_if_exists(touched) -%}
    {%- call statement('touched') -%}
        create table {{ touched }} using parquet as
        select * from ({{ with_partition_columns(query) }}) as target
        where {{ is_touched }}
    {%- endcall -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | join(', ') -%}
    {%- call statement('new') -%}
        create table {{ new }} using parquet as
        with partitions as (
            select distinct {{ partition }} from {{ touched }}
            union
            {{ touched_partitions }}
        )

        select {{ columns }} from {{ touched }}
        union all
        select {{ columns }}
        from {{ this }} as target
        left semi join partitions using ({{ partition }})
        where not {{ is_touched }}
    {%- endcall -%}
    {%- do overwrite_partitions(new, 'main') -%}
    {%- set emptied = run_query(touched_partitions ~ ' except select distinct ' ~ partition ~ ' from ' ~ new) -%}
    {%- for values in emptied.rows -%}
        {%- set equal = [] -%}
        {%- for column in partition_columns() -%}
            {%- do equal.append(column ~ " = '" ~ values[loop.index0] ~ "'") -%}
        {%- endfor -%}
        {%- do run_query('alter table ' ~ this ~ ' drop if exists partition (' ~ equal | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- do drop_if_exists(new) -%}
    {%- do drop_if_exists(touched) -%}
{%- endmacro %}


{% macro overwrite_partitions(new, statement_name='overwrite') -%}
    {%- call statement(statement_name) -%}
        insert overwrite table {{ this }} partition ({{ partition_columns() | join(', ') }})
        select /*+ rebalance({{ partition_columns() | join(', ') }}) */ * from {{ new }}
    {%- endcall -%}
{%- endmacro %}


{% macro drop_if_exists(relation) -%}
    {%- do run_query('drop table if exists ' ~ relation) -%}
{%- endmacro %}


{% macro spark__apply_grants(relation, grant_config, should_revoke=true) -%}
    {#- The files' permissions decide who reads them. -#}
{%- endmacro %}
