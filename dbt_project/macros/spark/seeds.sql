{% macro spark__load_csv_rows(model, agate_table) -%}
    {#- dbt-spark's own writes an empty field as the text None. -#}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set insert -%}
        insert into {{ this }} values
        {%- for row in agate_table.rows %}
        (
            {%- for column in agate_table.column_names -%}
                cast({{ spark_literal(row[column]) }} as {{ types.get(column, adapter.convert_type(agate_table, loop.index0)) }})
                {{- ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- if agate_table.rows -%}
        {%- do adapter.add_query(insert) -%}
    {%- endif -%}
    {{ return(insert) }}
{%- endmacro %}


{% macro spark_literal(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
