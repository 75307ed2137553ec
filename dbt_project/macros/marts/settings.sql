{% macro seeded(seed, columns) -%}
    {#- Without rows where `dbt run` by hand finds no seed loaded yet, and in a unit test that gives
        none: then the defaults hold. -#}
    {%- set given = 'model.' ~ project_name ~ '.' ~ seed in model.get('depends_on', {}).get('nodes', []) -%}
    {%- set relation = ref(seed) if model.resource_type != 'unit_test' or given -%}
    {%- if relation and (not execute or relation.is_cte or load_relation(relation)) -%}
        {{ relation }}
    {%- else -%}
        (
            select
                {%- for name, type in columns.items() %}
                null::{{ type }} as {{ name }}{{ "," if not loop.last }}
                {%- endfor %}
            limit 0
        ) as unseeded
    {%- endif -%}
{%- endmacro %}


{% macro seeded_participants() -%}
    {{ seeded('participants', {'participant_id': 'text', 'time_zone': 'text', 'birth_year': 'integer'}) }}
{%- endmacro %}


{% macro time_zone_of(participant) -%}
    coalesce(
        {{ participant }}.time_zone,
        '{{ checked_time_zone(env_var("FITBIT_TIMEZONE", "") or var("default_time_zone")) }}'
    )
{%- endmacro %}


{% macro checked_time_zone(name) -%}
    {#- The names of loader/configuration/time_zones.py. Postgres looks for abbreviations first: CET has no summer. -#}
    {%- set regions = (
        'Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific'
    ) -%}
    {%- set accepted = 'UTC|(?:' ~ regions ~ ')(?:/[A-Z][A-Za-z0-9_+-]*){1,2}' -%}
    {%- if execute and not modules.re.fullmatch(accepted, name) -%}
        {%- do exceptions.raise_compiler_error(
            "FITBIT_TIMEZONE or the var default_time_zone must be a time zone as Europe/Berlin is, not "
            ~ name ~ ", which databases read as another offset, or not at all"
        ) -%}
    {%- endif -%}
    {{- name | replace("'", "''") -}}
{%- endmacro %}


{% macro birth_year_of(participant) -%}
    coalesce({{ participant }}.birth_year, {{ var("default_birth_year") }})
{%- endmacro %}


{% macro zone_shares() -%}
    select
        coalesce(max(from_share) filter (where zone = 'fat_burn'), 0.5) as fat_burn,
        coalesce(max(from_share) filter (where zone = 'cardio'), 0.7) as cardio,
        coalesce(max(from_share) filter (where zone = 'peak'), 0.85) as peak
    from {{ seeded('heart_rate_zones', {'zone': 'text', 'from_share': 'double precision'}) }}
{%- endmacro %}


{% macro present_settings(of_whom) -%}
    with known as (
        select * from {{ seeded_participants() }}
    ),

    zone_shares as (
        {{ zone_shares() }}
    )

    select
        {{ of_whom }}.participant_id,
        {{ time_zone_of('known') }} as time_zone,
        {{ birth_year_of('known') }} as birth_year,
        {{ var('marts_min_confidence') }} as min_confidence,
        {{ var('gap_minutes') }}::double precision as gap_minutes,
        {{ var('valid_day_hours') }}::double precision as valid_day_hours,
        {{ var('resting_minutes') }} as resting_minutes,
        zone_shares.fat_burn as fat_burn_from,
        zone_shares.cardio as cardio_from,
        zone_shares.peak as peak_from
    from {{ of_whom }}
    left join known
        on {{ of_whom }}.participant_id = known.participant_id
    cross join zone_shares
{%- endmacro %}


{% macro settings_kept(built, present) -%}
    select
        {{ present }}.participant_id
        {%- for column in setting_columns() %},
        coalesce({{ built }}.{{ column }}, {{ present }}.{{ column }}) as {{ column }}
        {%- endfor %}
    from {{ present }}
    left join {{ built }}
        on {{ present }}.participant_id = {{ built }}.participant_id
{%- endmacro %}


{% macro setting_columns() -%}
    {{ return([
        'time_zone', 'birth_year', 'min_confidence', 'gap_minutes', 'valid_day_hours',
        'resting_minutes', 'fat_burn_from', 'cardio_from', 'peak_from'
    ]) }}
{%- endmacro %}
