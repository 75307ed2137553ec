-- Warns of each participant whose marts were built with other seeds or vars than the present ones.
{{ config(severity='warn') }}
{%- set differing %}
with built as (
    select * from {{ ref('heart_rate_participant') }}
),

present as (
    {{ present_settings('built') }}
)

select
    built.participant_id
    {%- for column in setting_columns() %},
    built.{{ column }} as built_with_{{ column }},
    present.{{ column }} as present_{{ column }}
    {%- endfor %}
from built
inner join present
    on built.participant_id = present.participant_id
where
    ({% for column in setting_columns() %}built.{{ column }}{{ ", " if not loop.last }}{% endfor %})
    is distinct from
    ({% for column in setting_columns() %}present.{{ column }}{{ ", " if not loop.last }}{% endfor %})
{% endset -%}
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
