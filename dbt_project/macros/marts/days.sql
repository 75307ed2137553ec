{% macro utc_days(spans) -%}
    {{ return(adapter.dispatch('utc_days')(spans)) }}
{%- endmacro %}


{% macro postgres__utc_days(spans) -%}
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


{% macro spark__utc_days(spans) -%}
    select distinct
        {{ spans }}.participant_id,
        days.day_start,
        days.day_start + interval '24 hours' as day_end
    from {{ spans }}
    cross join lateral explode(
        sequence({{ spans }}.span_start, {{ spans }}.span_end - interval '1 microsecond', interval '24 hours')
    ) as days (day_start)
{%- endmacro %}


{% macro local_days(spans, participants, days_after=0) -%}
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
        {{ local_midnights_of('zoned', days_after) }}
    )

    select
        participant_id,
        day,
        time_zone,
        birth_year,
        {{ local_day_start('day', 'time_zone') }} as day_start,
        {{ local_day_start('(day + 1)', 'time_zone') }} as day_end
    from dated
{%- endmacro %}


{% macro local_day_start(day, time_zone) -%}
    {{ return(adapter.dispatch('local_day_start')(day, time_zone)) }}
{%- endmacro %}


{% macro postgres__local_day_start(day, time_zone) -%}
    {#- Where the clocks go back over midnight, Postgres takes the later of the two midnights. -#}
    case
        when
            (({{ day }}::timestamp at time zone {{ time_zone }} - interval '1 hour')
            at time zone {{ time_zone }})::date = {{ day }}
            then {{ day }}::timestamp at time zone {{ time_zone }} - interval '1 hour'
        else {{ day }}::timestamp at time zone {{ time_zone }}
    end
{%- endmacro %}


{% macro spark__local_day_start(day, time_zone) -%}
    {#- Where midnight occurs twice, Spark takes the earlier one. -#}
    to_utc_timestamp({{ day }}::timestamp, {{ time_zone }})
{%- endmacro %}


{% macro local_midnights_of(spans, days_after) -%}
    {{ return(adapter.dispatch('local_midnights_of')(spans, days_after)) }}
{%- endmacro %}


{% macro postgres__local_midnights_of(spans, days_after) -%}
    cross join lateral generate_series(
            date_trunc('day', {{ spans }}.span_start at time zone {{ spans }}.time_zone),
            ({{ spans }}.span_end - interval '1 microsecond') at time zone {{ spans }}.time_zone
            + interval '{{ days_after }} days',
            interval '1 day'
        ) as days (midnight)
{%- endmacro %}


{% macro spark__local_midnights_of(spans, days_after) -%}
    cross join lateral explode(
            sequence(
                to_date({{ local_time(spans ~ '.span_start', spans ~ '.time_zone') }}),
                date_add(
                    to_date({{ local_time(spans ~ ".span_end - interval '1 microsecond'", spans ~ '.time_zone') }}),
                    {{ days_after }}
                )
            )
        ) as days (midnight)
{%- endmacro %}
