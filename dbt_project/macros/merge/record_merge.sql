{% macro is_merge_recorded() -%}
    {#- The ledger describes what the default target's heart_rate holds. -#}
    {{ return(execute and is_default_target() and config.get('meta', {}).get('record_merge', false)) }}
{%- endmacro %}


{% macro record_merge() %}
    , arriving as (
        select
            added.participant_id,
            count(*) filter (
                where known.latest_timestamp is null or added.timestamp > known.latest_timestamp
            ) as rows_new,
            count(*) filter (where added.timestamp <= known.latest_timestamp) as rows_late
        from added
        left join {{ source('ingest', 'participants') }} as known using (participant_id)
        group by added.participant_id
    )

    {{ add_to_merge('(select count(*) from corrected)') }}
{% endmacro %}


{% macro record_insert(window) %}
    {#- No watermark lies within one of these days: all readings of a day are new, or all are late. -#}
    with arriving as (
        select
            staged.participant_id,
            sum(case when staged.last_timestamp <= known.latest_timestamp then 0 else staged.readings end) as rows_new,
            sum(case when staged.last_timestamp <= known.latest_timestamp then staged.readings else 0 end) as rows_late
        from {{ source('staging', 'touched_days') }} as staged
        left join {{ source('ingest', 'participants') }} as known using (participant_id)
        where
            staged.readings > 0
            and staged.day_start >= timestamptz '{{ window[0] }}'
            and staged.day_start < timestamptz '{{ window[1] }}'
        group by staged.participant_id
    )

    {{ add_to_merge('0') }}
{% endmacro %}


{% macro add_to_merge(rows_corrected) %}
    , arrived as (
        insert into {{ source('ingest', 'arrivals') }} as arrival (run_id, participant_id, rows_new, rows_late)
        select
            batch.run_id,
            arriving.participant_id,
            arriving.rows_new,
            arriving.rows_late
        from {{ source('staging', 'batch') }} as batch
        cross join arriving
        on conflict (run_id, participant_id) do update
        set
            rows_new = arrival.rows_new + excluded.rows_new,
            rows_late = arrival.rows_late + excluded.rows_late,
            arrived_at = excluded.arrived_at
    )

    insert into {{ source('ingest', 'merges') }} as merge (run_id, rows_new, rows_late, rows_corrected)
    select
        batch.run_id,
        coalesce((select sum(rows_new) from arriving), 0),
        coalesce((select sum(rows_late) from arriving), 0),
        {{ rows_corrected }}
    from {{ source('staging', 'batch') }} as batch
    on conflict (run_id) do update
    set
        rows_new = merge.rows_new + excluded.rows_new,
        rows_late = merge.rows_late + excluded.rows_late,
        rows_corrected = merge.rows_corrected + excluded.rows_corrected,
        merged_at = excluded.merged_at
{% endmacro %}


{% macro record_moved() %}
    insert into {{ source('ingest', 'merges') }} as merge (run_id, rows_new, rows_late, rows_corrected, rows_moved)
    select
        batch.run_id,
        0,
        0,
        0,
        (select count(*) from removed)
    from {{ source('staging', 'batch') }} as batch
    on conflict (run_id) do update
    set
        rows_moved = merge.rows_moved + excluded.rows_moved,
        merged_at = excluded.merged_at
{% endmacro %}


{% macro record_bulk_load_arrivals() %}
    {%- call statement('record_bulk_load_arrivals') %}
        insert into {{ source('ingest', 'merges') }} (run_id, rows_new, rows_late, rows_corrected)
        select
            batch.run_id,
            sum(arrived.rows_new),
            sum(arrived.rows_late),
            sum(arrived.rows_corrected)
        from {{ source('staging', 'batch') }} as batch
        cross join {{ source('staging', 'bulk_load_arrivals') }} as arrived
        group by batch.run_id
        on conflict (run_id) do update
        set
            rows_new = excluded.rows_new,
            rows_late = excluded.rows_late,
            rows_corrected = excluded.rows_corrected,
            merged_at = excluded.merged_at;

        insert into {{ source('ingest', 'arrivals') }} (run_id, participant_id, rows_new, rows_late)
        select
            batch.run_id,
            arrived.participant_id,
            arrived.rows_new,
            arrived.rows_late
        from {{ source('staging', 'batch') }} as batch
        cross join {{ source('staging', 'bulk_load_arrivals') }} as arrived
        where arrived.rows_new + arrived.rows_late > 0
        on conflict (run_id, participant_id) do update
        set rows_new = excluded.rows_new, rows_late = excluded.rows_late, arrived_at = excluded.arrived_at
    {%- endcall -%}
{% endmacro %}


{% macro declare_ledger() %}
    {#- The statements above are made in the materialization, after dbt has drawn its graph: what they
        read and write is named here, while dbt parses the model. -#}
    {%- if not execute -%}
        {%- do source('staging', 'batch') -%}
        {%- do source('staging', 'moved_readings') -%}
        {%- do source('staging', 'touched_days') -%}
        {%- do source('staging', 'heart_rate_bulk_load') -%}
        {%- do source('staging', 'bulk_load_arrivals') -%}
        {%- do source('staging', 'kept_readings') -%}
        {%- do source('ingest', 'participants') -%}
        {%- do source('ingest', 'arrivals') -%}
        {%- do source('ingest', 'merges') -%}
    {%- endif -%}
{% endmacro %}


{% macro record_full_build() %}
    {#- An incremental run records its merge itself; a first build and a full refresh write all. -#}
    {%- if is_default_target() and not is_incremental() and not flags.EMPTY -%}
        insert into {{ source('ingest', 'merges') }} (run_id, rows_new, rows_late, rows_corrected)
        select run_id, readings, 0, 0
        from {{ source('staging', 'batch') }}
        on conflict (run_id) do update
        set rows_new = excluded.rows_new, merged_at = excluded.merged_at;

        -- A full refresh brings again what was there: only what is later than that has arrived.
        insert into {{ source('ingest', 'arrivals') }} (run_id, participant_id, rows_new, rows_late)
        select
            batch.run_id,
            staged.participant_id,
            case
                when known.participant_id is null then staged.readings
                else (
                    select count(*)
                    from {{ this }} as built
                    where
                        built.participant_id = known.participant_id
                        and built.timestamp > known.latest_timestamp
                )
            end,
            0
        from (
            select
                participant_id,
                sum(readings) as readings,
                max(last_timestamp) as last_timestamp
            from {{ source('staging', 'touched_days') }}
            group by participant_id
        ) as staged
        cross join {{ source('staging', 'batch') }} as batch
        left join {{ source('ingest', 'participants') }} as known
            on staged.participant_id = known.participant_id
        where known.latest_timestamp is null or staged.last_timestamp > known.latest_timestamp
        on conflict (run_id, participant_id) do update
        set rows_new = excluded.rows_new, arrived_at = excluded.arrived_at
    {%- endif -%}
{% endmacro %}
