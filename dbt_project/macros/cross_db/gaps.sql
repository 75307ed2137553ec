{#- How heart_rate_gap finds the readings next to a gap: by the index on Postgres, by equal minutes on Spark. -#}

{% macro reach_of_touched_days(touched_days, minutes) -%}
    {{ return(adapter.dispatch('reach_of_touched_days')(touched_days, minutes)) }}
{%- endmacro %}


{% macro postgres__reach_of_touched_days(touched_days, minutes) -%}
    select
    {{ touched_days }}.participant_id,
    coalesce(earlier.minute, {{ touched_days }}.day_start) as reach_start,
    coalesce(later.minute, {{ touched_days }}.day_end) as reach_end
from {{ touched_days }}
left join lateral (
    select {{ minutes }}.minute
    from {{ minutes }}
    where
        {{ minutes }}.participant_id = {{ touched_days }}.participant_id
        and {{ minutes }}.minute < {{ touched_days }}.day_start
    order by {{ minutes }}.minute desc
    limit 1
) as earlier on true
left join lateral (
    select {{ minutes }}.minute
    from {{ minutes }}
    where
        {{ minutes }}.participant_id = {{ touched_days }}.participant_id
        and {{ minutes }}.minute >= {{ touched_days }}.day_end
    order by {{ minutes }}.minute
    limit 1
) as later on true
{%- endmacro %}


{% macro spark__reach_of_touched_days(touched_days, minutes) -%}
    {#- The whole hours around: they have a row where the minutes have sixty. Gaps that lie in the hours alone don't overlap
        the touched day, so the strategy ignores them. -#}
    select
    {{ touched_days }}.participant_id,
    coalesce(
        max(hours.hour) filter (where hours.hour < {{ touched_days }}.day_start),
        {{ touched_days }}.day_start
    ) as reach_start,
    coalesce(
        min(hours.hour) filter (where hours.hour >= {{ touched_days }}.day_end) + interval '59 minutes',
        {{ touched_days }}.day_end
    ) as reach_end
from {{ touched_days }}
left join (
    select participant_id, min(hour) as hour
    from {{ ref('heart_rate_hour') }}
    group by participant_id, part
    union all
    select participant_id, max(hour)
    from {{ ref('heart_rate_hour') }}
    group by participant_id, part
) as hours
    on {{ touched_days }}.participant_id = hours.participant_id
group by {{ touched_days }}.participant_id, {{ touched_days }}.day_start, {{ touched_days }}.day_end
{%- endmacro %}


{% macro minutes_in_reach(minutes, reach) -%}
    {{ return(adapter.dispatch('minutes_in_reach')(minutes, reach)) }}
{%- endmacro %}


{% macro postgres__minutes_in_reach(minutes, reach) -%}
    cross join lateral (
    select {{ minutes }}.minute
    from {{ minutes }}
    where
        {{ minutes }}.participant_id = {{ reach }}.participant_id
        and {{ minutes }}.minute >= {{ reach }}.reach_start
        and {{ minutes }}.minute <= {{ reach }}.reach_end
    -- A fence: the stretches drive, each with its own part of the index.
    offset 0 -- noqa: AM09
) as in_reach
{%- endmacro %}


{% macro spark__minutes_in_reach(minutes, reach) -%}
    cross join lateral explode(sequence(date({{ reach }}.reach_start), date({{ reach }}.reach_end))) as days (part)
inner join {{ minutes }} as in_reach
    on
        {{ reach }}.participant_id = in_reach.participant_id
        and days.part = in_reach.part
        and {{ reach }}.reach_start <= in_reach.minute
        and {{ reach }}.reach_end >= in_reach.minute
{%- endmacro %}


{% macro stretches_with_gaps(followed) -%}
    {{ return(adapter.dispatch('stretches_with_gaps')(followed)) }}
{%- endmacro %}


{% macro postgres__stretches_with_gaps(followed) -%}
    select
        participant_id,
        min(minute) as stretch_start,
        max(next_minute) + interval '1 minute' as stretch_end
    from {{ followed }}
    where
        next_minute - minute
        > interval '{{ var("gap_minutes") }} minutes' - interval '1 minute'
    group by participant_id, reach_start, minute_number / 300
{%- endmacro %}


{% macro spark__stretches_with_gaps(followed) -%}
    select distinct
        participant_id,
        minute,
        next_minute
    from {{ followed }}
    where
        next_minute - minute
        > interval '{{ var("gap_minutes") }} minutes' - interval '1 minute'
{%- endmacro %}


{% macro neighbouring_readings(readings, stretches) -%}
    {{ return(adapter.dispatch('neighbouring_readings')(readings, stretches)) }}
{%- endmacro %}


{% macro postgres__neighbouring_readings(readings, stretches) -%}
    cross join
    lateral (
        select
            {{ readings }}.timestamp as gap_start,
            lead({{ readings }}.timestamp) over (order by {{ readings }}.timestamp) as gap_end
        from {{ readings }}
        where
            {{ readings }}.participant_id = {{ stretches }}.participant_id
            and {{ readings }}.timestamp >= {{ stretches }}.stretch_start
            and {{ readings }}.timestamp < {{ stretches }}.stretch_end
            and {{ counts_in_marts(readings ~ '.confidence') }}
        -- The order of the window once more: without it, TimescaleDB looks into every chunk.
        order by {{ readings }}.timestamp
    ) as neighbours
{%- endmacro %}


{% macro spark__neighbouring_readings(readings, stretches) -%}
    inner join (
        select
            edges.participant_id,
            edges.minute,
            max(case when edges.edge = edges.minute then {{ readings }}.timestamp end) as gap_start,
            min(case when edges.edge > edges.minute then {{ readings }}.timestamp end) as gap_end
        from (
            select participant_id, minute, explode(array(minute, next_minute)) as edge
            from {{ stretches }}
        ) as edges
        inner join {{ readings }}
            on
                edges.participant_id = {{ readings }}.participant_id
                and date(edges.edge) = {{ readings }}.part
                and edges.edge = date_trunc('minute', {{ readings }}.timestamp)
        where {{ counts_in_marts(readings ~ '.confidence') }}
        group by edges.participant_id, edges.minute
    ) as neighbours
    on
        {{ stretches }}.participant_id = neighbours.participant_id
        and {{ stretches }}.minute = neighbours.minute
{%- endmacro %}


{% macro and_part() -%}
    {{ return(adapter.dispatch('and_part')()) }}
{%- endmacro %}


{% macro postgres__and_part() -%}
{%- endmacro %}


{% macro spark__and_part() -%}
    , part
{%- endmacro %}
