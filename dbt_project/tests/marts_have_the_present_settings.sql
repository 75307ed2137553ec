-- Warns of each participant whose marts were built with other seeds or vars than the present ones.
{{ config(severity='warn') }}
{%- set differing = marts_of_other_settings(ref('heart_rate_participant')) -%}
{%- if execute and load_relation(ref('heart_rate_participant')) -%}
    {%- set found = run_query(differing).rows | length -%}
    {%- if found -%}
        {%- do exceptions.warn(
            "the marts of " ~ counted(found, 'participant') ~ " were built with other seeds or vars than the"
            ~ ' present ones; do: make dbt-build ARGS="--full-refresh --select tag:daily"'
        ) -%}
    {%- endif -%}
{%- endif -%}
{{ differing }}
