{% macro refuse_to_lose_history() %}
    {%- if
        execute
        and flags.FULL_REFRESH
        and not var('allow_shrink')
        and not env_var('HEART_RATE_COMPARED', '')
    -%}
        {%- set shrink = run_query("select * from staging.shrink()").rows[0] -%}
        {%- if shrink['lost'] > 0 -%}
            {%- do exceptions.raise_compiler_error(
                "a full refresh now would lose " ~ shrink['lost'] ~ " of the "
                ~ counted(shrink['held'], 'reading') ~ " in " ~ this ~ ": only "
                ~ counted(shrink['staged'], 'is', 'are') ~ " staged. Run `make full-refresh`, which stages every file first."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
