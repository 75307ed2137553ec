{% macro postgres__apply_grants(relation, grant_config, should_revoke=True) -%}
    {#- dbt's own also revokes what it did not grant. -#}
    {%- if grant_config -%}
        {%- set granted = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) -%}
        {%- set grants = get_dcl_statement_list(
            relation, diff_of_two_dicts(grant_config, granted), get_grant_sql
        ) -%}
        {%- if grants -%}
            {%- do call_dcl_statements(grants) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
