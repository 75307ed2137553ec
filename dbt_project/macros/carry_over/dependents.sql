{#-
    dbt replaces a relation by renaming it, putting a new one in its place and dropping the old one
    with all that depends on it: other people's views, materialized views, indexes and grants. Here
    they are carried over in the same transaction, or the replacement is refused
    (loader/database/dependents.sql, docs/decisions/0012).
-#}

{% macro refuse_to_lose_objects() %}
    {%- set relations = source('ingest', 'relations').render() -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- do refuse_another_target('make ingest') if env_var('HEART_RATE_COMPARED', '') -%}
        {%- if not run_query("select to_regclass('" ~ relations ~ "')").rows[0][0] -%}
            {%- do exceptions.raise_compiler_error(
                "the tables of the ledger are older than this project, or there are none yet: run `make status` first"
            ) -%}
        {%- endif -%}
        {%- do refuse_to_empty() if flags.EMPTY -%}
        {%- if is_default_target() -%}
            {%- do run_query(record_relations(relations)) -%}
        {%- endif -%}
        {%- if flags.FULL_REFRESH and is_default_target() -%}
            {%- set names = [] -%}
            {%- for node in graph.nodes.values() if node.unique_id in selected_resources -%}
                {%- do names.append("'" ~ node.schema ~ "." ~ node.alias ~ "'") -%}
            {%- endfor -%}
            {%- set lost = run_query(
                "select problem from staging.lost_objects(array[" ~ names | join(', ') ~ "]::text [])"
            ).columns[0].values() -%}
            {%- if lost -%}
                {%- do exceptions.raise_compiler_error(
                    "a full refresh would lose " ~ lost | join('; ')
                    ~ " (save the definition and the data, drop it, run again, then create it again)"
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro refuse_to_empty() %}
    {#- Next to loaded readings a table that --empty makes would stay empty for good: later runs look at
        the touched days only. -#}
    {%- set heart_rate = graph.nodes['model.' ~ project_name ~ '.heart_rate'] -%}
    {%- set readings = load_relation(api.Relation.create(
        database=heart_rate.database, schema=heart_rate.schema, identifier=heart_rate.alias
    )) -%}
    {%- if readings and run_query('select 1 from ' ~ readings ~ ' limit 1') | length > 0 -%}
        {%- for node in graph.nodes.values()
            if node.unique_id in selected_resources and node.config.materialized == 'incremental' -%}
            {%- set table = api.Relation.create(
                database=node.database, schema=node.schema, identifier=node.alias
            ) -%}
            {%- if flags.FULL_REFRESH or not load_relation(table) -%}
                {%- do exceptions.raise_compiler_error(
                    'with --empty ' ~ table ~ ' would be built without the readings that are loaded: run dbt '
                    ~ ('without --full-refresh' if flags.FULL_REFRESH else 'build --select ' ~ node.name ~ ' first')
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{% macro record_relations(relations) -%}
    {#- Columns that only an earlier version of a model had may be dropped, too. -#}
    insert into {{ relations }} as relations (schema_name, relation_name, kind, columns)
    values
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized != 'ephemeral' %}
    {{ "," if not loop.first }} (
        '{{ node.schema }}',
        '{{ node.alias }}',
        '{{ "view" if node.config.materialized == "view" else "table" }}',
        array['{{ node.columns.keys() | join("', '") }}']
    )
    {%- endfor %}
    on conflict (schema_name, relation_name) do update
    set kind = excluded.kind, columns = relations.columns || excluded.columns
    where relations.kind <> excluded.kind or not relations.columns @> excluded.columns
{%- endmacro %}


{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {%- if to_relation.identifier.endswith('__dbt_backup') -%}
        {%- call statement('prepare_swap', auto_begin=true) -%}
            select staging.prepare_swap('{{ from_relation.schema }}', '{{ from_relation.identifier }}')
        {%- endcall -%}
    {%- endif -%}
    {{ dbt.default__rename_relation(from_relation, to_relation) }}
{%- endmacro %}


{% macro finish_swap(relation) -%}
    {#- For heart_rate in any case: once the bulk-load table is swapped in, a run counts as incremental again. -#}
    {%- if model.config.materialized == 'view' or not is_incremental() or is_merge_recorded() -%}
        select staging.finish_swap('{{ relation.schema }}', '{{ relation.identifier }}')
    {%- endif -%}
{%- endmacro %}


{#- dbt's cache forgets the views of a relation that is dropped, because dbt's own drop cascades to them. Here they
    stay, so the cache learns of none. -#}

{% macro postgres__get_relations() -%}
    {{ return([]) }}
{%- endmacro %}


{#- Nothing should depend on the dropped relation any more; without cascade, an unknown dependency is an error. -#}

{% macro postgres__drop_table(relation) -%}
    drop table if exists {{ relation }}
{%- endmacro %}


{% macro postgres__drop_view(relation) -%}
    drop view if exists {{ relation }}
{%- endmacro %}


{% macro postgres__drop_materialized_view(relation) -%}
    drop materialized view if exists {{ relation }}
{%- endmacro %}
