{% macro counts_in_marts(confidence) -%}
    ({{ confidence }} is null or {{ confidence }} >= {{ var('marts_min_confidence') }})
{%- endmacro %}


{% macro mean_of_billionths(sum_of, number) -%}
    {{ as_double('(' ~ sum_of ~ ')') }} / ({{ number }}) / 1000000000
{%- endmacro %}


{% macro standard_deviation(sum_of_squares, sum_of, number) -%}
    {#- The sums are of whole millionths, which are exact as numeric, so the order of the rows doesn't matter. -#}
    sqrt(
        {{ as_double(
            '((' ~ number ~ ') * (' ~ sum_of_squares ~ ') - (' ~ sum_of ~ ') * (' ~ sum_of ~ '))'
        ) }}
        / nullif({{ as_double('(' ~ number ~ ')') }} * (({{ number }}) - 1), 0)
    ) / 1000000
{%- endmacro %}
