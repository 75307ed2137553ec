{% macro spark__create_schema(relation) -%}
    {#- The marts are in the archive's folder, under the names that their schemas have in the database. -#}
    {%- set folder = env_var('SPARK_MARTS_DIR', '') -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation }}
        {%- if folder %} location {{ spark_literal(folder ~ '/' ~ relation.schema.removeprefix(target.name ~ '_')) }}{% endif %}
    {%- endcall -%}
{%- endmacro %}
