{% macro counts_in_marts(confidence) -%}
    ({{ confidence }} is null or {{ confidence }} >= {{ var('marts_min_confidence') }})
{%- endmacro %}


{% macro billionths(sum_of, readings) -%}
    ({{ sum_of }})::double precision / ({{ readings }}) / 1000000000
{%- endmacro %}
