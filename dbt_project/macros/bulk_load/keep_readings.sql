{#-
    A delta that is large next to heart_rate is bulk-loaded as well. The bulk-load table then gets the readings of
    heart_rate, too, except those that the delta replaces, and is swapped in like that of a first load
    (docs/decisions/0031).
-#}

{% macro keep_readings_of_other_days(table, heart_rate, columns) %}
    {%- set staged_days -%}
        from {{ source('staging', 'touched_days') }} where readings > 0
    {%- endset -%}
    {%- call statement('keep_readings_of_other_days', auto_begin=true) %}
        insert into {{ table }} ({{ columns | join(', ') }})
        select {{ columns | join(', ') }}
        from {{ heart_rate }}
        where
            {#- Implied by what follows; computing a day costs more. #}
            participant_id not in (select participant_id {{ staged_days }})
            or (participant_id, date_trunc('day', timestamp, 'UTC'))
            not in (select participant_id, day_start {{ staged_days }})
    {%- endcall -%}
    {{ return(load_result('keep_readings_of_other_days').response.rows_affected) }}
{% endmacro %}


{% macro keep_readings_of_staged_days(table, heart_rate, columns, key) %}
    {%- call statement('keep_readings_of_staged_days', auto_begin=true) %}
        insert into {{ table }} ({{ columns | join(', ') }})
        select held.{{ columns | join(', held.') }}
        from {{ source('staging', 'touched_days') }} as staged_days
        cross join lateral ({{ readings_of_day(heart_rate, 'staged_days') }}) as held
        where staged_days.readings > 0
        on conflict ({{ key | join(', ') }}) do nothing
    {%- endcall -%}
{% endmacro %}


{% macro count_arrivals(table, heart_rate) %}
    {#- Readings are counted one by one only on days that heart_rate has readings of, or that contain the watermark. -#}
    {%- call statement('count_arrivals', auto_begin=true) %}
        insert into {{ source('staging', 'bulk_load_arrivals') }} (
            participant_id, rows_new, rows_late, rows_corrected, rows_held
        )
        with staged_days as (
            select
                staged.*,
                known.latest_timestamp as watermark,
                coalesce(staged.last_timestamp <= known.latest_timestamp, false) as is_late,
                held.is_held
                or {{ is_watermark_within('staged', 'known') }} as is_counted
            from {{ source('staging', 'touched_days') }} as staged
            left join {{ source('ingest', 'participants') }} as known using (participant_id)
            cross join lateral (
                select exists ({{ readings_of_day(heart_rate, 'staged') }}) as is_held
            ) as held
            where staged.readings > 0
        )

        select
            participant_id,
            sum(case when is_counted then counted.rows_new when not is_late then readings else 0 end),
            sum(case when is_counted then counted.rows_late when is_late then readings else 0 end),
            coalesce(sum(counted.rows_corrected), 0),
            coalesce(sum(counted.rows_held), 0)
        from staged_days
        left join lateral (
            select
                count(*) filter (
                    where held.timestamp is null and (watermark is null or arrived.timestamp > watermark)
                ) as rows_new,
                count(*) filter (where held.timestamp is null and arrived.timestamp <= watermark) as rows_late,
                count(*) filter (
                    where
                        held.timestamp is not null
                        and (held.value, held.confidence) is distinct from (arrived.value, arrived.confidence)
                ) as rows_corrected,
                count(held.timestamp) as rows_held
            from ({{ readings_of_day(table, 'staged_days') }}) as arrived
            left join ({{ readings_of_day(heart_rate, 'staged_days') }}) as held using (timestamp)
        ) as counted
            on is_counted
        group by participant_id
    {%- endcall -%}
{% endmacro %}


{% macro readings_of_day(relation, days) -%}
    select *
    from {{ relation }} as readings_of_day
    where
        readings_of_day.participant_id = {{ days }}.participant_id
        and readings_of_day.timestamp >= {{ days }}.day_start
        and readings_of_day.timestamp < {{ days }}.day_end
{%- endmacro %}


{% macro is_watermark_within(days, participants) -%}
    coalesce(
        {{ days }}.day_start <= {{ participants }}.latest_timestamp
        and {{ days }}.last_timestamp > {{ participants }}.latest_timestamp,
        false
    )
{%- endmacro %}


{% macro confirm_kept_readings(of_other_days) %}
    {%- call statement('confirm_kept_readings', auto_begin=true) %}
        insert into {{ source('staging', 'kept_readings') }} (readings)
        select {{ of_other_days }} + sum(rows_held)
        from {{ source('staging', 'bulk_load_arrivals') }}
    {%- endcall -%}
{% endmacro %}


{% macro are_readings_kept() -%}
    {#- The table of the marker is missing after an upgrade until the loader's first run creates it. -#}
    {%- set kept = source('staging', 'kept_readings') -%}
    {{ return(
        is_bulk_load_staged() and load_relation(kept) is not none
        and run_query("select 1 from " ~ kept) | length > 0
    ) }}
{%- endmacro %}


{% macro should_full_refresh() -%}
    {#- dbt replaces heart_rate instead of merging into it while the table that also has its readings is staged. -#}
    {{ return(
        dbt.should_full_refresh()
        or (is_merge_recorded() and are_readings_kept())
    ) }}
{%- endmacro %}


{% macro refuse_to_lose_later_readings(heart_rate) -%}
    {%- if execute and are_readings_kept() -%}
        {#- Sessions that read go on, sessions that write wait until the swap. -#}
        {%- do run_query(patiently('lock table ' ~ heart_rate ~ ' in share mode', heart_rate)) -%}
        {%- set has_changed = run_query(
            "select (select count(*) from " ~ heart_rate ~ ") <> readings from " ~ source('staging', 'kept_readings')
        ).rows[0][0] -%}
        {%- if has_changed -%}
            {%- do exceptions.raise_compiler_error(
                heart_rate ~ " has changed since its readings were copied into the bulk-load table: run `make ingest` "
                ~ "again, which copies them again"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
