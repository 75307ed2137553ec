{#-
    `dbt clone` for a target other than the default one: a view on each relation of the default target. dbt's own uses
    the materialization of views, which runs the hooks of the model; those of a table can't work on a view.
-#}

{% materialization clone, adapter='postgres' -%}
    {%- do refuse_default_target('dbt clone') -%}
    {%- if flags.FULL_REFRESH -%}
        {%- do exceptions.raise_compiler_error(
            'dbt clone replaces nothing: run dbt run-operation drop_schemas --target ' ~ target.name ~ ' first'
        ) -%}
    {%- endif -%}
    {%- if not defer_relation or not load_cached_relation(defer_relation) or load_cached_relation(this) -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {% call statement('main') -%}
        create view {{ target_relation }} as select * from {{ defer_relation }}
    {%- endcall %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}
