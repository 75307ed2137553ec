{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {#- A seed's table is never dropped: it is emptied, and in a full refresh gets the columns of its
        file that it has not. -#}
    {%- if full_refresh -%}
        {%- set known = {} -%}
        {%- for column in adapter.get_columns_in_relation(old_relation) -%}
            {%- do known.update({column.name: column.data_type}) -%}
        {%- endfor -%}
        {%- for name in agate_table.column_names -%}
            {%- set type = model.config.column_types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- set change -%}
                {%- if name not in known -%}
                    add column {{ adapter.quote(name) }} {{ type }}
                {%- elif run_query("select '" ~ type ~ "'::regtype <> '" ~ known[name] ~ "'::regtype").rows[0][0] -%}
                    alter column {{ adapter.quote(name) }} type {{ type }} using {{ adapter.quote(name) }}::text::{{ type }}
                {%- endif -%}
            {%- endset -%}
            {%- if change | trim -%}
                {%- call statement('change_seed', auto_begin=true) -%}
                    alter table {{ old_relation }} {{ change }}
                {%- endcall -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(dbt.default__reset_csv_table(model, false, old_relation, agate_table)) }}
{%- endmacro %}


{% macro forget_project() %}
    {#- The loader records which project's seeds and views are built, and leaves them out while it is the same. Whatever
        builds one of them, of this project or a changed one, has to be recorded by the loader again. -#}
    {%- set project = source('ingest', 'project').render() -%}
    {%- set built = [] -%}
    {%- if execute and is_default_target() and flags.WHICH in ('run', 'build', 'seed') -%}
        {%- for node in graph.nodes.values() if node.unique_id in selected_resources
            and (node.resource_type == 'seed' or node.config.materialized == 'view') -%}
            {%- do built.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if built and run_query("select to_regclass('" ~ project ~ "')").rows[0][0] -%}
        delete from {{ project }}
    {%- endif -%}
{% endmacro %}
