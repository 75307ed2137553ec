{% macro postgres__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {#- A column that other people added is left alone. A column of this project that is missing or has another type is an error,
        as in dbt. -#}
    {%- if on_schema_change != 'fail' -%}
        {{ return(dbt.default__process_schema_changes(
            on_schema_change, source_relation, target_relation
        )) }}
    {%- endif -%}
    {%- set changes = check_for_schema_changes(source_relation, target_relation) -%}
    {%- if changes['source_not_in_target'] or changes['new_target_types'] -%}
        {{ return(dbt.default__process_schema_changes(
            on_schema_change, source_relation, target_relation
        )) }}
    {%- endif -%}
    {%- for column in changes['target_not_in_source'] if must_be_filled(target_relation, column.name) -%}
        {%- do exceptions.raise_compiler_error(
            "column " ~ column.name ~ " of " ~ target_relation
            ~ " is not null and has no default, and no file gives it a value: let it be null"
        ) -%}
    {%- endfor -%}
    {{ return(changes['source_columns']) }}
{%- endmacro %}


{% macro must_be_filled(relation, column) -%}
    {{ return(run_query(
        "select 1 from pg_attribute where attrelid = '" ~ relation ~ "'::regclass and attname = '" ~ column
        ~ "' and attnotnull and not atthasdef and attidentity = ''"
    ) | length > 0) }}
{%- endmacro %}
