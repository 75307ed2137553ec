{#-
    Joins that Postgres and Spark write differently. Postgres follows its indexes from a day to the readings of the day; Spark has
    none and needs an equality to join on, and the partitions to read (docs/decisions/0038).
-#}

{% macro in_utc_day(instant, day) -%}
    {{ return(adapter.dispatch('in_utc_day')(instant, day)) }}
{%- endmacro %}


{% macro postgres__in_utc_day(instant, day) -%}
    {{ instant }} >= {{ day }}.day_start
and {{ instant }} < {{ day }}.day_end
{%- endmacro %}


{% macro spark__in_utc_day(instant, day) -%}
    date_trunc('day', {{ instant }}) = {{ day }}.day_start
{%- endmacro %}


{% macro with_local_day(relation, time_column) -%}
    {{ return(adapter.dispatch('with_local_day')(relation, time_column)) }}
{%- endmacro %}


{% macro postgres__with_local_day(relation, time_column) -%}
    select * from {{ relation }}
{%- endmacro %}


{% macro spark__with_local_day(relation, time_column) -%}
    {#- The last day that has begun: where the clocks go back over midnight, a date ends twice. -#}
    {%- set zone = time_zone_of('known') -%}
    {%- set date = "to_date(" ~ local_time('history.' ~ time_column, zone) ~ ")" -%}
    select
        history.*,
        case
            when history.{{ time_column }} >= {{ local_day_start('date_add(' ~ date ~ ', 1)', zone) }}
                then date_add({{ date }}, 1)
            else {{ date }}
        end as local_day
    from {{ relation }} as history
    left join (select * from {{ seeded_participants() }}) as known
        on history.participant_id = known.participant_id
{%- endmacro %}


{% macro in_local_day(instant, day) -%}
    {{ return(adapter.dispatch('in_local_day')(instant, day)) }}
{%- endmacro %}


{% macro postgres__in_local_day(instant, day) -%}
    {{ instant }} >= {{ day }}.day_start
and {{ instant }} < {{ day }}.day_end
{%- endmacro %}


{% macro spark__in_local_day(instant, day) -%}
    {{ instant.split('.')[0] }}.local_day = {{ day }}.day
{%- endmacro %}


{% macro each_midnight(first, last) -%}
    {{ return(adapter.dispatch('each_midnight')(first, last)) }}
{%- endmacro %}


{% macro postgres__each_midnight(first, last) -%}
    cross join lateral generate_series(
    {{ first }}, {{ last }}, interval '1 day'
) as calendar (midnight)
{%- endmacro %}


{% macro spark__each_midnight(first, last) -%}
    cross join lateral explode(
    case when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }}, interval '1 day') end
) as calendar (midnight)
{%- endmacro %}


{% macro minutes_of_local_day(day, time_zone) -%}
    {{ return(adapter.dispatch('minutes_of_local_day')(day, time_zone)) }}
{%- endmacro %}


{% macro postgres__minutes_of_local_day(day, time_zone) -%}
    extract(
            epoch from
            {{ local_day_start('(' ~ day ~ ' + 1)', time_zone) }}
            - {{ local_day_start(day, time_zone) }}
        )::integer / 60
{%- endmacro %}


{% macro spark__minutes_of_local_day(day, time_zone) -%}
    timestampdiff(
            minute,
            {{ local_day_start(day, time_zone) }},
            {{ local_day_start('date_add(' ~ day ~ ', 1)', time_zone) }}
        )::integer
{%- endmacro %}


{% macro median_of_days_before(column, history, days, number) -%}
    {{ return(adapter.dispatch('median_of_days_before')(column, history, days, number)) }}
{%- endmacro %}


{% macro postgres__median_of_days_before(column, history, days, number) -%}
    (
    select percentile_cont(0.5) within group (order by history.{{ column }})
    from {{ history }} as history
    where
        history.participant_id = {{ days }}.participant_id
        and history.day > {{ days }}.day - {{ number }}
        and history.day <= {{ days }}.day
)
{%- endmacro %}


{% macro spark__median_of_days_before(column, history, days, number) -%}
    (
    select {{ median('history.' ~ column) }}
    from (
        select
            participant_id,
            date_add(day, days_later) as day,
            {{ column }}
        from {{ history }}
        cross join lateral explode(sequence(0, {{ number - 1 }})) as later (days_later)
        where {{ column }} is not null
    ) as history
    where
        history.participant_id = {{ days }}.participant_id
        and history.day = {{ days }}.day
)
{%- endmacro %}


{% macro hours_of_minutes(minutes_by_hour) -%}
    {{ return(adapter.dispatch('hours_of_minutes')(minutes_by_hour)) }}
{%- endmacro %}


{% macro postgres__hours_of_minutes(minutes_by_hour) -%}
    cross join
    lateral ( -- noqa: ST05
        select
            count(*) filter (where runs.minutes > {{ var('valid_hour_minutes') }}) as valid_hours,
            max(runs.complete_hours) as complete_hours_in_a_row
        from (
            select
                hours.minutes,
                count(*) filter (where hours.minutes >= 60)
                    over (partition by hours.run)
                    as complete_hours
            from (
                select
                    minutes,
                    count(*) filter (where minutes < 60) over (order by hour_number) as run
                from
                    unnest({{ minutes_by_hour }}) with ordinality as by_hour (minutes, hour_number)
            ) as hours
        ) as runs
    ) as by_hour
{%- endmacro %}


{% macro spark__hours_of_minutes(minutes_by_hour) -%}
    cross join
    lateral (
        select
            size(
                filter({{ minutes_by_hour }}, minutes -> minutes > {{ var('valid_hour_minutes') }})
            )::bigint as valid_hours,
            aggregate(
                {{ minutes_by_hour }},
                named_struct('run', 0L, 'longest', 0L),
                (runs, minutes) -> named_struct(
                    'run', if(minutes >= 60, runs.run + 1, 0L),
                    'longest', greatest(runs.longest, if(minutes >= 60, runs.run + 1, 0L))
                ),
                runs -> runs.longest
            ) as complete_hours_in_a_row
    ) as by_hour
{%- endmacro %}


{% macro edge_reading(readings, participants, edge) -%}
    {{ return(adapter.dispatch('edge_reading')(readings, participants, edge)) }}
{%- endmacro %}


{% macro postgres__edge_reading(readings, participants, edge) -%}
    left join lateral (
    select {{ readings }}.timestamp
    from {{ readings }}
    where
        {{ readings }}.participant_id = {{ participants }}.participant_id
        and {{ counts_in_marts(readings ~ '.confidence') }}
    order by {{ readings }}.timestamp{{ ' desc' if edge == 'latest' }}
    limit 1
) as {{ edge }} on true
{%- endmacro %}


{% macro spark__edge_reading(readings, participants, edge) -%}
    {#- The hours know the partition in which the reading is. -#}
    {%- set function = 'min' if edge == 'earliest' else 'max' -%}
    left join (
        select
            edges.participant_id,
            {{ function }}({{ readings }}.timestamp) as timestamp
        from (
            select participant_id, {{ function }}(hour) as hour
            from {{ ref('heart_rate_hour') }}
            group by participant_id
        ) as edges
        inner join {{ readings }}
            on
                edges.participant_id = {{ readings }}.participant_id
                and date(edges.hour) = {{ readings }}.part
                and edges.hour = date_trunc('hour', {{ readings }}.timestamp)
        where {{ counts_in_marts(readings ~ '.confidence') }}
        group by edges.participant_id
    ) as {{ edge }}
    on {{ participants }}.participant_id = {{ edge }}.participant_id
{%- endmacro %}


{% macro add_enrolment_columns(seed) -%}
    {#- A file may leave out these two columns. -#}
    {{ return(adapter.dispatch('add_enrolment_columns')(seed)) }}
{%- endmacro %}


{% macro postgres__add_enrolment_columns(seed) -%}
    alter table {{ seed }} add column if not exists enrolled_on date, add column if not exists ended_on date
{%- endmacro %}


{% macro spark__add_enrolment_columns(seed) -%}
    {%- if execute -%}
        {%- set columns = adapter.get_columns_in_relation(seed) | map(attribute='name') | list -%}
        {%- for column in ('enrolled_on', 'ended_on') if column not in columns -%}
            {%- do run_query('alter table ' ~ seed ~ ' add columns (' ~ column ~ ' date)') -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{% macro minutes_of_local_days(minutes, days, alias) -%}
    {{ return(adapter.dispatch('minutes_of_local_days')(minutes, days, alias, caller() | trim)) }}
{%- endmacro %}


{% macro postgres__minutes_of_local_days(minutes, days, alias, columns) -%}
    cross join
    lateral (
        select
            {{ columns }}
        from {{ minutes }}
        where
            {{ minutes }}.participant_id = {{ days }}.participant_id
            and {{ minutes }}.minute >= {{ days }}.day_start
            and {{ minutes }}.minute < {{ days }}.day_end
    ) as {{ alias }}
{%- endmacro %}


{% macro spark__minutes_of_local_days(minutes, days, alias, columns) -%}
    {#- An aggregate in a lateral subquery may not read columns of both sides. -#}
    inner join (
        select
            {{ days }}.participant_id,
            {{ days }}.day,
            {{ columns }}
        from {{ days }}
        inner join {{ minutes }}
            on
                {{ days }}.participant_id = {{ minutes }}.participant_id
                and {{ days }}.day = {{ minutes }}.local_day
        group by {{ days }}.participant_id, {{ days }}.day
    ) as {{ alias }}
    on
        {{ days }}.participant_id = {{ alias }}.participant_id
        and {{ days }}.day = {{ alias }}.day
{%- endmacro %}


{% macro each_criterion(minutes_found, thresholds) -%}
    {{ return(adapter.dispatch('each_criterion')(minutes_found, thresholds)) }}
{%- endmacro %}


{% macro postgres__each_criterion(minutes_found, thresholds) -%}
    cross join lateral (
    select
        by_criterion.criterion,
        thresholds.threshold,
        by_criterion.minutes_found
    from (
        values
        {%- for criterion, expression in minutes_found.items() %}
        ('{{ criterion }}', {{ expression }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as by_criterion (criterion, minutes_found)
    cross join {{ values_of(thresholds, 'thresholds', 'threshold') }}
) as criteria
{%- endmacro %}


{% macro spark__each_criterion(minutes_found, thresholds) -%}
    {#- A function, because values in a lateral query can't read the columns outside. -#}
    cross join lateral inline(array(
    {%- for criterion, expression in minutes_found.items() %}
    {%- set is_last_criterion = loop.last %}
    {%- for threshold in thresholds %}
    named_struct(
        'criterion', '{{ criterion }}', 'threshold', {{ threshold }}, 'minutes_found', cast({{ expression }} as bigint)
    ){{ ',' if not (is_last_criterion and loop.last) }}
    {%- endfor %}
    {%- endfor %}
)) as criteria (criterion, threshold, minutes_found)
{%- endmacro %}
