{% macro get_where_subquery(relation) -%}
    {#- dbt's own, except that the placeholders __in_staged_window__ (readings) and
        __in_touched_days__ (local days) become predicates. -#}
    {%- set where = config.get('where', '') -%}
    {%- if where -%}
        {%- if '__in_staged_window__' in where -%}
            {%- set where = where | replace('__in_staged_window__', tested_window('timestamp')) -%}
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
