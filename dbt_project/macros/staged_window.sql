{% macro in_staged_window() -%}
    {#- What a daily data test looks at: from the first staged reading on, as a literal, so that it
        costs what the delta costs. Everything with the var full_tests; nothing if nothing is staged. -#}
    {%- if not execute or var('full_tests') -%}
        true
    {%- else -%}
        {%- set staged = run_query(
            "select min(first_timestamp)::text, max(last_timestamp)::text "
            ~ "from staging.heart_rate_packs"
        ).rows[0] -%}
        {%- if staged[0] is none -%}
            false
        {%- else -%}
            timestamp >= timestamptz '{{ staged[0] }}' and timestamp <= timestamptz '{{ staged[1] }}'
        {%- endif -%}
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
