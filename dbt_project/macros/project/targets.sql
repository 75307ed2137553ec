{#-
    The default target writes the tables of this project. Every other one has schemas of its own (`dev_marts`), reads
    what the loader has staged and its ledger, and writes neither (docs/decisions/0029).
-#}

{% macro is_default_target() -%}
    {{ return(target.name == 'default') }}
{%- endmacro %}


{% macro refuse_another_target(operation) -%}
    {%- if execute and not is_default_target() -%}
        {%- do exceptions.raise_compiler_error(
            operation ~ ' is for the target default, not for ' ~ target.name
        ) -%}
    {%- endif -%}
{%- endmacro %}


{% macro refuse_default_target(operation) -%}
    {%- if execute and is_default_target() -%}
        {%- do exceptions.raise_compiler_error(
            operation ~ ' is not for the target default: say --target dev'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{% macro drop_schemas() -%}
    {%- do refuse_default_target('drop_schemas') -%}
    {%- if execute -%}
        {%- set schemas = [] -%}
        {%- for node in graph.nodes.values() if node.schema.startswith(target.name ~ '_') -%}
            {%- do schemas.append(adapter.quote(node.schema)) -%}
        {%- endfor -%}
        {%- set dropped = schemas | unique | sort | join(', ') -%}
        {%- call statement('drop_schemas', auto_begin=true) -%}
            drop schema if exists {{ dropped }} cascade
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- do log('dropped ' ~ dropped, info=true) -%}
    {%- endif -%}
{%- endmacro %}
