{% macro postgres__get_columns_in_relation(relation) -%}
    {#- dbt asks forty times a night, and most of what information_schema.columns costs is its
        planning: from the catalogue itself it is a tenth. -#}
    {%- call statement('get_columns_in_relation', fetch_result=True) -%}
        select
            attname::text as column_name,
            format_type(atttypid, null) as data_type,
            information_schema._pg_char_max_length(atttypid, atttypmod) as character_maximum_length,
            information_schema._pg_numeric_precision(atttypid, atttypmod) as numeric_precision,
            information_schema._pg_numeric_scale(atttypid, atttypmod) as numeric_scale
        from pg_attribute
        where
            attrelid = to_regclass('{{ dbt.escape_single_quotes(relation | string) }}')
            and attnum > 0
            and not attisdropped
        order by attnum
    {%- endcall -%}
    {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
