{% macro touched_window(column, margin='0 hours') -%}
    {{- within_touched(column, margin) if execute and is_incremental() else 'true' -}}
{%- endmacro %}


{% macro tested_window(column, margin='0 hours') -%}
    {#- What a daily data test looks at costs what the delta costs. -#}
    {{- within_touched(column, margin) if execute and not var('full_tests') else 'true' -}}
{%- endmacro %}


{% macro within_touched(column, margin) -%}
    {#- Literals, because only a literal bound keeps chunks out of the plan (facts: TimescaleDB). -#}
    {%- set window = run_query(
        "select (min(day_start) - interval '" ~ margin ~ "')::text, "
        ~ "(max(day_end) + interval '" ~ margin ~ "')::text "
        ~ "from staging.touched_days"
    ).rows[0] -%}
    {%- if window[0] is none -%}
        false
    {%- else -%}
        {{ column }} >= timestamptz '{{ window[0] }}' and {{ column }} < timestamptz '{{ window[1] }}'
    {%- endif -%}
{%- endmacro %}


{% macro spans_to_build(relation, time_column) -%}
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


{% macro utc_days(spans) -%}
    select distinct
        {{ spans }}.participant_id,
        days.day_start,
        days.day_start + interval '24 hours' as day_end
    from {{ spans }}
    cross join lateral generate_series(
        {{ spans }}.span_start,
        {{ spans }}.span_end - interval '1 microsecond',
        interval '24 hours'
    ) as days (day_start)
{%- endmacro %}


{% macro local_days(spans, participants) -%}
    with zoned as (
        select
            {{ spans }}.participant_id,
            {{ spans }}.span_start,
            {{ spans }}.span_end,
            {{ time_zone_of('known') }} as time_zone,
            {{ birth_year_of('known') }} as birth_year
        from {{ spans }}
        left join {{ participants }} as known
            on {{ spans }}.participant_id = known.participant_id
    ),

    dated as (
        select distinct
            zoned.participant_id,
            zoned.time_zone,
            zoned.birth_year,
            days.midnight::date as day
        from zoned
        cross join lateral generate_series(
            date_trunc('day', zoned.span_start at time zone zoned.time_zone),
            (zoned.span_end - interval '1 microsecond') at time zone zoned.time_zone,
            interval '1 day'
        ) as days (midnight)
    )

    select
        participant_id,
        day,
        birth_year,
        {{ local_day_start('day', 'time_zone') }} as day_start,
        {{ local_day_start('(day + 1)', 'time_zone') }} as day_end
    from dated
{%- endmacro %}


{% macro local_day_start(day, time_zone) -%}
    {#- Where the clocks go back over midnight, Postgres takes the later of the two midnights. -#}
    case
        when
            (({{ day }}::timestamp at time zone {{ time_zone }} - interval '1 hour')
            at time zone {{ time_zone }})::date = {{ day }}
            then {{ day }}::timestamp at time zone {{ time_zone }} - interval '1 hour'
        else {{ day }}::timestamp at time zone {{ time_zone }}
    end
{%- endmacro %}


{% macro seeded(relation, columns) -%}
    {#- `dbt run` by hand on a new database: no seed is loaded yet, and the defaults hold. -#}
    {%- if not execute or relation.is_cte or load_relation(relation) -%}
        {{ relation }}
    {%- else -%}
        (
            select
                {%- for name, type in columns.items() %}
                null::{{ type }} as {{ name }}{{ "," if not loop.last }}
                {%- endfor %}
            limit 0
        ) as unseeded
    {%- endif -%}
{%- endmacro %}


{% macro seeded_participants() -%}
    {{ seeded(
        ref('participants'), {'participant_id': 'text', 'time_zone': 'text', 'birth_year': 'integer'}
    ) }}
{%- endmacro %}


{% macro counts_in_marts(confidence) -%}
    ({{ confidence }} is null or {{ confidence }} >= {{ var('marts_min_confidence') }})
{%- endmacro %}


{% macro billionths(sum_of, readings) -%}
    ({{ sum_of }})::double precision / ({{ readings }}) / 1000000000
{%- endmacro %}
