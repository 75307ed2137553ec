{% macro refuse_static_overwrite() -%}
    {#- A Thrift server that ignores the profile's settings would overwrite a whole mart with the touched partitions. -#}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- set mode = run_query('set spark.sql.sources.partitionOverwriteMode').rows[0][1] -%}
        {%- if mode | lower != 'dynamic' -%}
            {%- do exceptions.raise_compiler_error(
                "Spark's session overwrites whole tables (" ~ mode ~ '): set spark.sql.sources.partitionOverwriteMode to dynamic'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
