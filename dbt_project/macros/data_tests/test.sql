{#- dbt says how many rows a data test found. A test whose rows have a column `assertion` also says
    which assertions failed, and how often: in dbt's output and log, and in run_results.json. -#}

{% materialization test, adapter='postgres' -%}
    {%- set made = dbt.materialization_test_default() -%}
    {%- set result = load_result('main').table -%}
    {%- if result.rows[0][0] -%}
        {%- set failed = failed_assertions(sql) -%}
        {%- if failed -%}
            {%- do log('FAIL ' ~ model.name ~ ': ' ~ failed, info=true) -%}
            {%- do store_raw_result('main', failed, 'FAILED ASSERTIONS', result.rows[0][0] | int, result) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(made) }}
{%- endmaterialization %}


{% macro failed_assertions(failing_rows) -%}
    {%- set names = [] -%}
    {%- if 'assertion' in get_columns_in_query(failing_rows) -%}
        {%- set query -%}
            select assertion, count(*)
            from ({{ failing_rows }}) as failing_rows
            group by assertion
            order by count(*) desc, assertion
            limit 5
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do names.append(row[0] ~ ' (' ~ counted(row[1], 'row') ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names | join('; ')) }}
{%- endmacro %}
