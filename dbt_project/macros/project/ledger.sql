{% macro list_ledger() -%}
    {#- dbt lists the schemas of its models only. Models that run at the same time would each list the ledger's. -#}
    {%- if execute -%}
        {%- do load_relation(source('ingest', 'retention')) -%}
    {%- endif -%}
{%- endmacro %}
