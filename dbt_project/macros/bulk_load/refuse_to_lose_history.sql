{% macro refuse_to_lose_history(relation) %}
    {%- set delta, bulk_load = source('staging', 'heart_rate'), source('staging', 'heart_rate_bulk_load') -%}
    {%- if
        execute
        and is_default_target()
        and flags.FULL_REFRESH
        and not var('allow_shrink')
        and not env_var('HEART_RATE_COMPARED', '')
        and load_relation(relation)
    -%}
        {%- if not run_query("select to_regproc('staging.lost_readings')").rows[0][0] -%}
            {%- do exceptions.raise_compiler_error(
                "the tables of the ledger are older than this project: run `make status` first"
            ) -%}
        {%- endif -%}
        {%- set staged = (bulk_load if is_bulk_load_staged() else delta).render() -%}
        {%- set lost = run_query("select staging.lost_readings('" ~ relation ~ "', '" ~ staged ~ "')").rows[0][0] -%}
        {%- if lost > 0 -%}
            {%- set held = run_query("select count(*) from " ~ relation).rows[0][0] -%}
            {%- set are_staged = run_query("select count(*) from " ~ staged).rows[0][0] -%}
            {%- do exceptions.raise_compiler_error(
                "a full refresh now would lose " ~ lost ~ " of the " ~ counted(held, 'reading') ~ " in " ~ relation
                ~ ": only " ~ counted(are_staged, 'is', 'are')
                ~ " staged. Run `make full-refresh`, which stages every file first."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
