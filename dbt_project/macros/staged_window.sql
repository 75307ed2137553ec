{% macro in_staged_window() -%}
    {#- What a daily data test looks at costs what the delta costs. -#}
    {%- if not execute or var('full_tests') -%}
        true
    {%- else -%}
        {{ within_staged(
            'timestamp', 'min(first_timestamp)', "max(last_timestamp) + interval '1 microsecond'"
        ) }}
    {%- endif -%}
{%- endmacro %}


{% macro within_staged(column, window_start, window_end) -%}
    {#- Literals, because only a literal bound keeps chunks out of the plan (facts: TimescaleDB). -#}
    {%- set window = run_query(
        "select (" ~ window_start ~ ")::text, (" ~ window_end ~ ")::text "
        ~ "from staging.heart_rate_packs"
    ).rows[0] -%}
    {%- if window[0] is none -%}
        false
    {%- else -%}
        {{ column }} >= timestamptz '{{ window[0] }}' and {{ column }} < timestamptz '{{ window[1] }}'
    {%- endif -%}
{%- endmacro %}


{% macro get_where_subquery(relation) -%}
    {#- dbt's own, except that the placeholders __in_staged_window__ (readings) and
        __in_touched_days__ (local days) become predicates. -#}
    {%- set where = config.get('where', '') -%}
    {%- if where -%}
        {%- if '__in_staged_window__' in where -%}
            {%- set where = where | replace('__in_staged_window__', in_staged_window()) -%}
        {%- endif -%}
        {%- if '__in_touched_days__' in where -%}
            {%- set where = where | replace(
                '__in_touched_days__', tested_window('day', margin='26 hours')
            ) -%}
        {%- endif -%}
        (select * from {{ relation }} where {{ where }}) as dbt_subquery
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
