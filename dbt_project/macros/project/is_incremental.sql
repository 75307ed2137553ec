{% macro is_incremental() -%}
    {#- dbt's own is false while it parses, so that a ref() or source() in the incremental branch would be
        missing from the graph, and fail in the second run. In a unit test there is no table to ask. -#}
    {{ return(not execute or model.resource_type != 'unit_test' and dbt.is_incremental()) }}
{%- endmacro %}
