{% macro get_incremental_timestamp_merge_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set staged = arg_dict['temp_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set time_column = config.require('timestamp_column') -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {%- set values = columns | reject('in', key) | list -%}
    {%- if key is string or time_column not in key -%}
        {%- do exceptions.raise_compiler_error(
            "timestamp_merge needs unique_key to be a list that holds the timestamp_column; "
            ~ this ~ " has unique_key " ~ key ~ " and timestamp_column " ~ time_column
        ) -%}
    {%- endif -%}
    {%- set vacant = vacant_days(target) if is_merge_recorded() and not flags.EMPTY else [] -%}
    {%- set segment = key | reject('equalto', time_column) | first if has_columnstore_settings(target) -%}
    {%- if segment %}
        {#- The default of 100,000 is a day and a half at one reading a second. #}
        set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0;
    {%- endif -%}
    {%- for window in staged_windows(staged, time_column, vacant) %}
        {%- if window[2] %}
        {{ insert_window(target, staged, columns, time_column, window) }};
        {%- else %}
        {{ merge_window(target, staged, key, values, columns, time_column, window, segment) }};
        {%- endif %}
    {%- else %}
        select 1;
    {%- endfor %}
    {%- if is_merge_recorded() and not flags.EMPTY %}
        {%- for window in staged_windows(source('staging', 'moved_readings'), time_column) %}
            {{ remove_moved(target, key, values, time_column, window, segment) }};
        {%- endfor %}
    {%- endif %}
{% endmacro %}


{% macro remove_moved(target, key, values, time_column, window, segment=none) %}
    {%- set moved = source('staging', 'moved_readings') -%}
    with removed as (
        delete from {{ target }} as target
        using {{ moved }} as moved
        where
            {{ equal_on(key, 'target', 'moved') }}
            {{ 'and ' ~ segments_in_reach(moved, segment, time_column, window) if segment }}
            and target.{{ time_column }} >= timestamptz '{{ window[0] }}'
            and target.{{ time_column }} < timestamptz '{{ window[1] }}'
            and {{ row_of('target', values) }} is not distinct from {{ row_of('moved', values) }}
        returning 1
    )

    {{ record_moved() }}
{% endmacro %}


{% macro vacant_days(heart_rate) %}
    {#- A day in which a watermark lies isn't vacant, even if heart_rate has lost its readings: some of the staged ones
        are late and others new, so the number of the day isn't enough to count them. -#}
    {%- set query -%}
        select staged.day_start::text
        from {{ source('staging', 'touched_days') }} as staged
        left join {{ source('ingest', 'participants') }} as known using (participant_id)
        where staged.readings > 0
        group by staged.day_start
        having
            not bool_or(
                {{ is_watermark_within('staged', 'known') }}
                or exists ({{ readings_of_day(heart_rate, 'staged') }})
            )
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}


{% macro staged_windows(staged, time_column, vacant=none) %}
    {#- Literals, because only a literal bound keeps chunks out of the plan; several windows,
        because one late day must not put all that lies between it and today in reach. The loader knows the days of
        its delta: looking at every reading of a large one costs half a microsecond each. -#}
    {%- set is_delta = vacant is not none and is_merge_recorded() and not flags.EMPTY -%}
    {%- set query -%}
        with staged_days as (
            {%- if is_delta %}
            select distinct day_start as day
            from {{ source('staging', 'touched_days') }}
            where readings > 0
            {%- else %}
            select distinct date_trunc('day', {{ time_column }}, 'UTC') as day
            from {{ staged }}
            {%- endif %}
        ),

        marked as (
            select
                day,
                day = any(array[{{ "'" ~ vacant | join("', '") ~ "'" if vacant }}]::timestamptz []) as is_vacant
            from staged_days
        ),

        flagged as (
            select
                day,
                is_vacant,
                coalesce(day - lag(day) over (order by day) > interval '7 days', true)
                or is_vacant <> lag(is_vacant) over (order by day) as opens
            from marked
        ),

        numbered as (
            select
                day,
                is_vacant,
                count(*) filter (where opens) over (order by day) as window_number
            from flagged
        )

        select
            min(day)::text as window_start,
            (max(day) + interval '1 day')::text as window_end,
            bool_and(is_vacant) as is_vacant
        from numbered
        {# Many scattered days: one window is cheaper to plan than a statement for each. -#}
        group by
            case
                when (select max(window_number) from numbered) <= 50 then window_number
            end
        order by window_start
    {%- endset -%}
    {%- do run_query("analyze " ~ staged) -%}
    {{ return(run_query(query).rows) }}
{% endmacro %}


{% macro insert_window(target, source, columns, time_column, window) %}
    insert into {{ target }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }}
    from {{ source }}
    where
        {{ time_column }} >= timestamptz '{{ window[0] }}'
        and {{ time_column }} < timestamptz '{{ window[1] }}';

    {{ record_insert(window) }}
{% endmacro %}


{% macro merge_window(target, source, key, values, columns, time_column, window, segment=none) %}
    {%- set in_window -%}
        {{ time_column }} >= timestamptz '{{ window[0] }}'
        and {{ time_column }} < timestamptz '{{ window[1] }}'
    {%- endset -%}
    with staged as (
        select {{ columns | join(', ') }}
        from {{ source }}
        where {{ in_window }}
    ),

    corrected as (
        update {{ target }} as target
        set
            {%- for column in values %}
            {{ column }} = staged.{{ column }}{{ "," if not loop.last }}
            {%- endfor %}
        from staged
        where
            {{ equal_on(key, 'target', 'staged') }}
            {{ 'and ' ~ segments_in_reach(source, segment, time_column, window) if segment }}
            and target.{{ time_column }} >= timestamptz '{{ window[0] }}'
            and target.{{ time_column }} < timestamptz '{{ window[1] }}'
            and {{ row_of('target', values) }} is distinct from {{ row_of('staged', values) }}
        returning target.{{ time_column }}
    ),

    added as (
        insert into {{ target }} ({{ columns | join(', ') }})
        select
            {%- for column in columns %}
            staged.{{ column }}{{ "," if not loop.last }}
            {%- endfor %}
        from staged
        left join (
            select {{ key | join(', ') }}
            from {{ target }}
            where {{ in_window }}
        ) as present
            using ({{ key | join(', ') }})
        where present.{{ time_column }} is null
        returning {{ key | join(', ') }}
    )

    {{ record_merge() if is_merge_recorded() else
       'select (select count(*) from corrected), (select count(*) from added)' }}
{% endmacro %}
