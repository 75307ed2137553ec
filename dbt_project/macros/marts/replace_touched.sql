{% macro get_incremental_replace_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set recomputed = arg_dict['temp_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {%- set values = columns | reject('in', key) | list -%}
    {%- do refuse_unusable_scope(key, columns) -%}
    {%- set time_column = config.get('timestamp_column') -%}
    {%- set reach = in_touched_days('target.' ~ time_column) if time_column else 'true' -%}
    {%- do run_query('analyze ' ~ recomputed) -%}
    {%- set is_touched = is_in_touched_buckets() -%}
    {#- Separate statements: of a delete and an update in one, TimescaleDB loses the update on a
        compressed chunk. The first one: what the model's query gives for other buckets, it may have
        computed from a part of their rows. -#}
    delete from {{ recomputed }} as target
    where not {{ is_touched }};

    delete from {{ target }} as target
    where
        {{ reach }}
        and {{ is_touched }}
        and not exists (
            select 1
            from {{ recomputed }} as recomputed
            where {{ equal_on(key, 'target', 'recomputed') }}
        );

    {%- if values %}

    update {{ target }} as target
    set
        {%- for column in values %}
        {{ column }} = recomputed.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ recomputed }} as recomputed
    where
        {{ reach }}
        and {{ equal_on(key, 'target', 'recomputed') }}
        and {{ row_of('target', values) }} is distinct from {{ row_of('recomputed', values) }};
    {%- endif %}

    insert into {{ target }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }}
    from {{ recomputed }} as recomputed
    where not exists (
        select 1
        from {{ target }} as target
        where
            {{ reach }}
            and {{ equal_on(key, 'target', 'recomputed') }}
    )
{% endmacro %}


{% macro refuse_unusable_scope(key, columns) %}
    {%- if key is string or key is none -%}
        {%- do exceptions.raise_compiler_error(
            "replace_touched needs unique_key to be a list of columns; " ~ this
            ~ " has unique_key " ~ key
        ) -%}
    {%- endif -%}
    {%- for column in key if column not in columns -%}
        {%- do exceptions.raise_compiler_error(
            "replace_touched: " ~ this ~ " has no column " ~ column
            ~ ", which is in its unique_key; its columns are " ~ columns | join(', ')
        ) -%}
    {%- endfor -%}
    {%- set rows = config.require('touched_rows') -%}
    {%- if 'target.' not in rows or 'touched.' not in rows -%}
        {%- do exceptions.raise_compiler_error(
            "replace_touched needs touched_rows to compare target.… with touched.…; " ~ this
            ~ " has " ~ rows
        ) -%}
    {%- endif -%}
{% endmacro %}


{% macro equal_on(columns, left, right) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{% macro row_of(alias, columns) -%}
    ({% for column in columns %}{{ alias }}.{{ column }}{{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}


{% macro refuse_unusable_gap() %}
    {%- if execute and var('gap_minutes') < 2 -%}
        {%- do exceptions.raise_compiler_error(
            "the var gap_minutes is " ~ var('gap_minutes') ~ " and must be 2 or more: gaps are found "
            ~ "between covered minutes"
        ) -%}
    {%- endif -%}
{% endmacro %}
