{% macro generate_schema_name(custom_schema_name, node) -%}
    {{- '' if is_default_target() else target.name ~ '_' -}}
    {{- custom_schema_name | trim if custom_schema_name else target.schema -}}
{%- endmacro %}
