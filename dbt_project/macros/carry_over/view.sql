{#-
    dbt replaces a view in every run, and drops what has been built on the old one. Where the columns stay
    the same, `create or replace` does it with nothing lost; else it is dbt's way, with finish_swap.
-#}

{% materialization view, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_view or not has_columns_of(existing, sql) -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        create or replace view {{ target_relation }} {{ options_of(existing) }} as (
            {{ sql }}
        )
    {%- endcall %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}


{% macro has_columns_of(relation, sql) -%}
    {%- set compare %}
        create temporary view {{ relation.identifier }}__dbt_probe as ({{ sql }});
        with columns as (
            select attrelid, array_agg((attname, atttypid, atttypmod) order by attnum) as described
            from pg_attribute
            where
                attrelid in ('{{ relation }}'::regclass, 'pg_temp.{{ relation.identifier }}__dbt_probe'::regclass)
                and attnum > 0
            group by attrelid
        )
        select count(distinct described) = 1 from columns
    {%- endset -%}
    {%- set same = run_query(compare).rows[0][0] -%}
    {%- do run_query('drop view pg_temp.' ~ relation.identifier ~ '__dbt_probe') -%}
    {{ return(same) }}
{%- endmacro %}


{% macro options_of(relation) -%}
    {%- set options = run_query(
        "select array_to_string(reloptions, ', ') from pg_class where oid = '" ~ relation ~ "'::regclass"
    ).rows[0][0] -%}
    {{ 'with (' ~ options ~ ')' if options }}
{%- endmacro %}
