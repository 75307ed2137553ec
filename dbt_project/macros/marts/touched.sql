{% macro in_touched_days(column, margin='0 hours', days_after=0) -%}
    {#- dbt draws its graph from what it sees while parsing (`execute` is false), so the query below,
        with its source(), is also reached then. A unit test reads its own rows only. -#}
    {%- set looks_at_everything = var('full_tests') if model.resource_type == 'test' else not is_incremental() -%}
    {{- 'true' if model.resource_type == 'unit_test' or execute and looks_at_everything
        else touched_bounds(column, margin, days_after) -}}
{%- endmacro %}


{% macro touched_bounds(column, margin, days_after=0) -%}
    {{ return(adapter.dispatch('touched_bounds')(column, margin, days_after)) }}
{%- endmacro %}


{% macro postgres__touched_bounds(column, margin, days_after=0) -%}
    {%- set query -%}
        select
            (min(day_start) - interval '{{ margin }}')::text as bounds_start,
            (max(day_end) + interval '{{ margin }}' + interval '{{ days_after }} days')::text as bounds_end
        from {{ source('staging', 'touched_days') }}
    {%- endset -%}
    {%- set bounds = run_query(query).rows[0] if execute else (none, none) -%}
    {%- if bounds[0] is none -%}
        false
    {%- else -%}
        {#- Literals, because only a literal bound keeps chunks out of the plan. -#}
        {{ column }} >= timestamptz '{{ bounds[0] }}' and {{ column }} < timestamptz '{{ bounds[1] }}'
    {%- endif -%}
{%- endmacro %}


{% macro spark__touched_bounds(column, margin, days_after=0) -%}
    {#- The partitions by name: Spark reads the others' folders not even to find out that they are not needed. -#}
    {%- set query -%}
        select distinct part
        from (
            select explode(
                sequence(
                    date(day_start - interval '{{ margin }}'),
                    date(day_end + interval '{{ margin }}' + interval '{{ days_after }} days' - interval '1 microsecond')
                )
            ) as part
            from {{ source('staging', 'touched_days') }}
        )
        order by part
    {%- endset -%}
    {%- set parts = run_query(query).columns[0].values() if execute else () -%}
    {%- if parts -%}
        part in (
            {%- for part in parts %}date '{{ part }}'{{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}


{% macro spans_to_build(relation, time_column) -%}
    {{ return(adapter.dispatch('spans_to_build')(relation, time_column)) }}
{%- endmacro %}


{% macro postgres__spans_to_build(relation, time_column) -%}
    {%- if is_incremental() -%}
        select
            participant_id,
            day_start as span_start,
            day_end as span_end
        from {{ source('staging', 'touched_days') }}
    {%- else -%}
        {#- A loose index scan: one look into the index per participant instead of reading every row. -#}
        with recursive found as (
            (
                select participant_id
                from {{ relation }}
                order by participant_id
                limit 1
            )
            union all
            (
                select following.participant_id
                from found
                cross join lateral (
                    select history.participant_id
                    from {{ relation }} as history
                    where history.participant_id > found.participant_id
                    order by history.participant_id
                    limit 1
                ) as following
            )
        )

        select
            found.participant_id,
            date_trunc('day', span.first_instant, 'UTC') as span_start,
            date_trunc('day', span.last_instant, 'UTC') + interval '24 hours' as span_end
        from found
        cross join lateral (
            select
                min(history.{{ time_column }}) as first_instant,
                max(history.{{ time_column }}) as last_instant
            from {{ relation }} as history
            where history.participant_id = found.participant_id
        ) as span
    {%- endif -%}
{%- endmacro %}


{% macro spark__spans_to_build(relation, time_column) -%}
    {#- The archive knows the days, so no reading is looked at. -#}
    select
        participant_id,
        day_start as span_start,
        day_end as span_end
    from {{ source('staging', 'touched_days') if is_incremental() else source('staging', 'archived_days') }}
{%- endmacro %}


{% macro buckets(kind) -%}
    {#- The strategy makes its statements after dbt has drawn its graph: what touched_buckets reads is
        named here, while dbt parses the model's config. -#}
    {%- if not execute -%}
        {%- do touched_buckets(kind) -%}
    {%- endif -%}
    {{ return(kind) }}
{%- endmacro %}


{% macro is_in_touched_buckets() -%}
    exists (
            select 1
            from ({{ touched_buckets(config.require('touched')) }}) as touched
            where {{ config.require('touched_rows') }}
        )
{%- endmacro %}


{% macro touched_buckets(kind) %}
    {%- if kind == 'utc days' -%}
        select participant_id, day_start, day_end
        from {{ source('staging', 'touched_days') }}
    {%- elif kind in ('local days', 'local days of zones', 'local days of readings') -%}
        with spans as (
            select participant_id, day_start as span_start, day_end as span_end
            from {{ source('staging', 'touched_days') }}
        ),

        participants as (
            select * from {{ seeded_participants() }}
        )

        select participant_id, day
        from (
            {{ local_days('spans', 'participants', days_with_its_rest() if kind == 'local days of zones' else 0) }}
        ) as local_days
        {%- if kind == 'local days of readings' %}
        where {{ above_floor('day_start') }}
        {%- endif %}
    {%- elif kind == 'participants' -%}
        select distinct participant_id
        from {{ source('staging', 'touched_days') }}
    {%- else -%}
        {%- do exceptions.raise_compiler_error(
            "replace_touched needs touched to be one of utc days, local days, local days of zones, local days of "
            ~ "readings, participants; " ~ this ~ " has " ~ kind
        ) -%}
    {%- endif -%}
{% endmacro %}
