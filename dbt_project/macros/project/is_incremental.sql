{% macro is_incremental() -%}
    {#- dbt's own is false while it parses, so that a ref() or source() in the incremental branch would be
        missing from the graph, and fail in the second run. -#}
    {{ return(not execute or dbt.is_incremental()) }}
{%- endmacro %}
