{#-
    The loader drops old readings (RETENTION, docs/retention.md) and records from which UTC day on heart_rate has all of them:
    the floor. The marts keep their rows of earlier days, which can't be computed again.
-#}

{% macro retention_floor(column='floor') -%}
    {{ return(adapter.dispatch('retention_floor')(column)) }}
{%- endmacro %}


{% macro spark__retention_floor(column) -%}
    {#- Spark reads the Parquet archive, which keeps every reading. -#}
    {{ return(none) }}
{%- endmacro %}


{% macro postgres__retention_floor(column) -%}
    {#- A unit test has no such source. After an upgrade, the table is missing until the loader's first run creates it. -#}
    {%- set retention = source('ingest', 'retention') if model.resource_type != 'unit_test' -%}
    {%- if execute and retention and load_relation(retention) -%}
        {%- for row in run_query(
            "select to_char(" ~ column ~ ", 'YYYY-MM-DD') from " ~ retention ~ " where " ~ column ~ " is not null"
        ).rows -%}
            {{ return("timestamptz '" ~ row[0] ~ " 00:00:00+00'") }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}


{% macro above_floor(column) -%}
    {%- set floor = retention_floor() -%}
    {{ column ~ ' >= ' ~ floor if floor else 'true' }}
{%- endmacro %}


{% macro rows_are_kept() -%}
    {{ return(
        retention_floor('highest_floor') is not none and not is_incremental() and load_relation(this) is not none
    ) }}
{%- endmacro %}


{% macro and_rows_below_floor(recomputed, columns, key, time_column, reach='0 days', is_exact=false) -%}
    {#- If the floor was lowered, readings may be there again for some of the rows. -#}
    {%- if rows_are_kept() %}
    {%- do refuse_to_lose_columns(columns) -%}
    {%- set highest = retention_floor('highest_floor') %}
union all
select
    {%- for column in columns %}
    built.{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ this }} as built
where
    built.{{ time_column }} < {{ highest }} + interval '{{ reach }}'
    {%- if not (is_exact and highest == retention_floor()) %}
    and not exists (
        select 1
        from {{ recomputed }} as recomputed
        where {{ equal_on(key, 'built', 'recomputed') }}
    )
    {%- endif %}
    {%- endif %}
{%- endmacro %}


{% macro refuse_to_lose_columns(columns) -%}
    {%- set built = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
    {%- for column in columns if column not in built -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ' has no column ' ~ column ~ ', and its rows before ' ~ retention_floor('highest_floor')
            ~ ' cannot be computed again, because RETENTION has dropped their readings: rename the table, which keeps'
            ~ ' them, and run again (docs/retention.md)'
        ) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro coverage_before_floor() -%}
    {%- set highest = retention_floor('highest_floor') -%}
    {%- if highest and load_relation(this) -%}
        select
            participant_id,
            first_reading,
            last_reading
        from {{ this }}
        where first_reading < {{ highest }}
    {%- else -%}
        select
            null::{{ type_name('text') }} as participant_id,
            null::{{ type_name('timestamptz') }} as first_reading,
            null::{{ type_name('timestamptz') }} as last_reading
        limit 0
    {%- endif -%}
{%- endmacro %}
