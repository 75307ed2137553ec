{#-
    Expressions that Postgres and Spark write differently. On Postgres each macro renders the text that stood in the models
    before there was Spark (tests/unit/test_dialects.py).
-#}


{% macro as_double(expression) -%}
    {{ return(adapter.dispatch('as_double')(expression)) }}
{%- endmacro %}


{% macro postgres__as_double(expression) -%}
    {{ expression }}::double precision
{%- endmacro %}


{% macro spark__as_double(expression) -%}
    cast({{ expression }} as double)
{%- endmacro %}


{% macro rounded(expression) -%}
    {{ return(adapter.dispatch('rounded')(expression)) }}
{%- endmacro %}


{% macro postgres__rounded(expression) -%}
    ({{ expression }})::bigint
{%- endmacro %}


{% macro spark__rounded(expression) -%}
    cast(rint({{ expression }}) as bigint)
{%- endmacro %}


{% macro exact_sum(expression) -%}
    {{ return(adapter.dispatch('exact_sum')(expression)) }}
{%- endmacro %}


{% macro postgres__exact_sum(expression) -%}
    sum({{ expression }})
{%- endmacro %}


{% macro spark__exact_sum(expression) -%}
    sum(cast({{ expression }} as decimal(38, 0)))
{%- endmacro %}


{% macro quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('quotient')(dividend, divisor)) }}
{%- endmacro %}


{% macro postgres__quotient(dividend, divisor) -%}
    {{ dividend }} / {{ divisor }}
{%- endmacro %}


{% macro spark__quotient(dividend, divisor) -%}
    {{ dividend }} div {{ divisor }}
{%- endmacro %}


{% macro millionths_rounded(expression) -%}
    {{ return(adapter.dispatch('millionths_rounded')(expression)) }}
{%- endmacro %}


{% macro postgres__millionths_rounded(expression) -%}
    round(
        ({{ expression }})::numeric, 6
    )::double precision
{%- endmacro %}


{% macro spark__millionths_rounded(expression) -%}
    cast(round(cast({{ expression }} as decimal(18, 12)), 6) as double)
{%- endmacro %}


{% macro clock_hours(sine, cosine) -%}
    {#- To a millionth, because the last bits of an angle differ between the mathematical libraries of machines. -#}
    {{ return(adapter.dispatch('clock_hours')(sine, cosine)) }}
{%- endmacro %}


{% macro postgres__clock_hours(sine, cosine) -%}
    mod(round((atan2({{ sine }}, {{ cosine }}) * 12 / pi())::numeric, 6) + 24, 24)::double precision
{%- endmacro %}


{% macro spark__clock_hours(sine, cosine) -%}
    cast(mod(round(cast(atan2({{ sine }}, {{ cosine }}) * 12 / pi() as decimal(18, 12)), 6) + 24, 24) as double)
{%- endmacro %}


{% macro type_name(type) -%}
    {{ return(adapter.dispatch('type_name')(type)) }}
{%- endmacro %}


{% macro postgres__type_name(type) -%}
    {{ type }}
{%- endmacro %}


{% macro spark__type_name(type) -%}
    {{ {'text': 'string', 'double precision': 'double', 'timestamptz': 'timestamp'}.get(type, type) }}
{%- endmacro %}


{% macro literal_instant(text) -%}
    {{ return(adapter.dispatch('literal_instant')(text)) }}
{%- endmacro %}


{% macro postgres__literal_instant(text) -%}
    timestamptz '{{ text }}'
{%- endmacro %}


{% macro spark__literal_instant(text) -%}
    timestamp '{{ text }}'
{%- endmacro %}


{% macro as_not_materialized() -%}
    {{ return(adapter.dispatch('as_not_materialized')()) }}
{%- endmacro %}


{% macro postgres__as_not_materialized() -%}
    as not materialized
{%- endmacro %}


{% macro spark__as_not_materialized() -%}
    as
{%- endmacro %}


{% macro as_materialized() -%}
    {{ return(adapter.dispatch('as_materialized')()) }}
{%- endmacro %}


{% macro postgres__as_materialized() -%}
    as materialized
{%- endmacro %}


{% macro spark__as_materialized() -%}
    as
{%- endmacro %}


{% macro fence() -%}
    {{ return(adapter.dispatch('fence')()) }}
{%- endmacro %}


{% macro postgres__fence() -%}
    offset 0
{%- endmacro %}


{% macro spark__fence() -%}
    
{%- endmacro %}


{% macro utc_day(instant) -%}
    {{ return(adapter.dispatch('utc_day')(instant)) }}
{%- endmacro %}


{% macro postgres__utc_day(instant) -%}
    date_trunc('day', {{ instant }}, 'UTC')
{%- endmacro %}


{% macro spark__utc_day(instant) -%}
    date_trunc('day', {{ instant }})
{%- endmacro %}


{% macro utc_bucket(unit, instant) -%}
    {{ return(adapter.dispatch('utc_bucket')(unit, instant)) }}
{%- endmacro %}


{% macro postgres__utc_bucket(unit, instant) -%}
    time_bucket('1 {{ unit }}', {{ instant }})
{%- endmacro %}


{% macro spark__utc_bucket(unit, instant) -%}
    date_trunc('{{ unit }}', {{ instant }})
{%- endmacro %}


{% macro local_time(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_time')(instant, time_zone)) }}
{%- endmacro %}


{% macro postgres__local_time(instant, time_zone) -%}
    {{ instant }} at time zone {{ time_zone }}
{%- endmacro %}


{% macro spark__local_time(instant, time_zone) -%}
    from_utc_timestamp({{ instant }}, {{ time_zone }})
{%- endmacro %}


{% macro minutes_since(start, instant) -%}
    {{ return(adapter.dispatch('minutes_since')(start, instant)) }}
{%- endmacro %}


{% macro postgres__minutes_since(start, instant) -%}
    (date_part('epoch', {{ instant }} - {{ start }}) / 60)::bigint
{%- endmacro %}


{% macro spark__minutes_since(start, instant) -%}
    timestampdiff(minute, {{ start }}, {{ instant }})
{%- endmacro %}


{% macro minute_of_clock(instant, time_zone) -%}
    {{ return(adapter.dispatch('minute_of_clock')(instant, time_zone)) }}
{%- endmacro %}


{% macro postgres__minute_of_clock(instant, time_zone) -%}
    (date_part('epoch', ({{ instant }} at time zone {{ time_zone }})::time) / 60)::integer
{%- endmacro %}


{% macro spark__minute_of_clock(instant, time_zone) -%}
    timestampdiff(
        minute,
        date_trunc('day', {{ local_time(instant, time_zone) }}),
        {{ local_time(instant, time_zone) }}
    )::integer
{%- endmacro %}


{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between')(earlier, later)) }}
{%- endmacro %}


{% macro postgres__days_between(earlier, later) -%}
    {{ later }} - {{ earlier }}
{%- endmacro %}


{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}


{% macro element(array, number) -%}
    {{ return(adapter.dispatch('element')(array, number)) }}
{%- endmacro %}


{% macro postgres__element(array, number) -%}
    {{ array }}[{{ number }}]
{%- endmacro %}


{% macro spark__element(array, number) -%}
    element_at({{ array }}, {{ number }})
{%- endmacro %}


{% macro array_of_zeros(length) -%}
    {{ return(adapter.dispatch('array_of_zeros')(length)) }}
{%- endmacro %}


{% macro postgres__array_of_zeros(length) -%}
    array_fill(0::smallint, array[{{ length }}])
{%- endmacro %}


{% macro spark__array_of_zeros(length) -%}
    array_repeat(0::smallint, {{ length }})
{%- endmacro %}


{% macro values_of(values, relation, column) -%}
    {{ return(adapter.dispatch('values_of')(values, relation, column)) }}
{%- endmacro %}


{% macro postgres__values_of(values, relation, column) -%}
    unnest(array[{{ values | join(', ') }}]) as {{ relation }} ({{ column }})
{%- endmacro %}


{% macro spark__values_of(values, relation, column) -%}
    explode(array({{ values | join(', ') }})) as {{ relation }} ({{ column }})
{%- endmacro %}


{% macro percentiles(shares, column) -%}
    {{ return(adapter.dispatch('percentiles')(shares, column)) }}
{%- endmacro %}


{% macro postgres__percentiles(shares, column) -%}
    percentile_cont(array[{{ shares | join(', ') }}]) within group (order by {{ column }})
{%- endmacro %}


{% macro spark__percentiles(shares, column) -%}
    {{ interpolated(shares, column) }}
{%- endmacro %}


{% macro median(column) -%}
    {{ return(adapter.dispatch('median')(column)) }}
{%- endmacro %}


{% macro postgres__median(column) -%}
    percentile_cont(0.5) within group (order by {{ column }})
{%- endmacro %}


{% macro spark__median(column) -%}
    {{ interpolated([0.5], column) }}[0]
{%- endmacro %}


{% macro interpolated(shares, column) -%}
    {#- As Postgres computes percentile_cont: Spark's own weighs both neighbours, which differs in the last bit. -#}
    transform(
        array(sort_array(collect_list(cast({{ column }} as double)))),
        sorted -> transform(
            transform(array({{ shares | join('D, ') }}D), share -> share * (size(sorted) - 1)),
            place ->
                get(sorted, cast(floor(place) as int))
                + (place - floor(place)) * (
                    get(sorted, cast(ceil(place) as int)) - get(sorted, cast(floor(place) as int))
                )
        )
    )[0]
{%- endmacro %}


{% macro minutes_by_hour_of(hour_column) -%}
    {{ return(adapter.dispatch('minutes_by_hour_of')(hour_column)) }}
{%- endmacro %}


{% macro postgres__minutes_by_hour_of(hour_column) -%}
    array[
    {%- for hour in range(24) %}
        (count(*) filter (where {{ hour_column }} = {{ hour }}))::smallint
        {{- "," if not loop.last }}
    {%- endfor %}
]
{%- endmacro %}


{% macro spark__minutes_by_hour_of(hour_column) -%}
    array(
    {%- for hour in range(24) %}
        (count(*) filter (where {{ hour_column }} = {{ hour }}))::smallint
        {{- "," if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
