{% macro counted(number, one, many=none) -%}
    {{- number }} {{ one if number == 1 else many or one ~ 's' -}}
{%- endmacro %}
