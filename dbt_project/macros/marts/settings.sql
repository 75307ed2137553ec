{% macro or_without_rows(name, columns, is_of_ledger=false) -%}
    {#- Without rows in a unit test that doesn't give the relation, and where it doesn't exist: a seed before `dbt run` by hand
        has loaded it, a table of the ledger after an upgrade until the loader's first run creates it. -#}
    {%- set node = 'model.' ~ project_name ~ '.' ~ ('ingest__' if is_of_ledger else '') ~ name -%}
    {%- set is_given = node in model.get('depends_on', {}).get('nodes', []) -%}
    {%- set is_read = is_given or model.resource_type != 'unit_test' -%}
    {%- set relation = (source('ingest', name) if is_of_ledger else ref(name)) if is_read -%}
    {%- if relation and (is_given or not execute or load_relation(relation)) -%}
        {{ relation }}
    {%- else -%}
        (
            select
                {%- for column, type in columns.items() %}
                null::{{ type_name(type) }} as {{ column }}{{ "," if not loop.last }}
                {%- endfor %}
            limit 0
        ) as without_rows
    {%- endif -%}
{%- endmacro %}


{% macro seeded_participants() -%}
    {{ or_without_rows('participants', {
        'participant_id': 'text', 'time_zone': 'text', 'birth_year': 'integer', 'enrolled_on': 'date', 'ended_on': 'date'
    }) }}
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
    {%- set default = var('default_birth_year') -%}
    coalesce({{ participant }}.birth_year, {{ default if default is not none else 'null' }}::integer)
{%- endmacro %}


{% macro zone_shares() -%}
    {#- A zone that the seed leaves out begins where Fitbit's does. -#}
    {%- set by_maximum = zone_estimate() == 'maximum' -%}
    {%- set column = 'from_maximum' if by_maximum else 'from_reserve' -%}
    select
        coalesce(max({{ column }}) filter (where zone = 'moderate'), {{ 0.5 if by_maximum else 0.4 }}) as moderate,
        coalesce(max({{ column }}) filter (where zone = 'vigorous'), {{ 0.7 if by_maximum else 0.6 }}) as vigorous,
        coalesce(max({{ column }}) filter (where zone = 'peak'), 0.85) as peak
    from {{ or_without_rows('heart_rate_zones', {
        'zone': 'text', 'from_reserve': 'double precision', 'from_maximum': 'double precision'
    }) }}
{%- endmacro %}


{% macro zone_limit(zone) -%}
    {{ millionths_rounded(
        zones_start() ~ ' + zone_shares.' ~ zone ~ ' * (ranges.maximum_bpm - ' ~ zones_start() ~ ')'
    ) }}
{%- endmacro %}


{% macro zones_start() -%}
    {#- A share of the reserve is one of what lies between rest and maximum, and a share of the maximum one of
        what lies between 0 and the maximum. -#}
    {{- '0' if zone_estimate() == 'maximum' else 'ranges.resting_bpm' -}}
{%- endmacro %}


{% macro checked_zone_rule() -%}
    {%- set rule = var('zone_rule') -%}
    {%- if execute and rule not in ('own', 'reserve', 'maximum') -%}
        {%- do exceptions.raise_compiler_error(
            "the var zone_rule must be own, reserve or maximum, not " ~ rule
        ) -%}
    {%- endif -%}
    {{ return(rule) }}
{%- endmacro %}


{% macro zone_estimate() -%}
    {{ return('maximum' if checked_zone_rule() == 'maximum' else 'reserve') }}
{%- endmacro %}


{% macro zone_limits_of_files() -%}
    {{ or_without_rows('zone_limits', {
        'path': 'text', 'participant_id': 'text', 'day': 'date', 'rank': 'smallint', 'moderate_from_bpm': 'double precision',
        'vigorous_from_bpm': 'double precision', 'peak_from_bpm': 'double precision'
    }, is_of_ledger=true) }}
{%- endmacro %}


{% macro devices_of_files() -%}
    {{ or_without_rows('devices', {
        'participant_id': 'text', 'day': 'date', 'device': 'text', 'first_timestamp': 'timestamptz',
        'last_timestamp': 'timestamptz'
    }, is_of_ledger=true) }}
{%- endmacro %}


{% macro days_with_its_rest() -%}
    {#- How many later days have a day's resting heart rate in the median of their zones. -#}
    {{ return((var('zone_resting_days') | int - 1) if zone_estimate() == 'reserve' else 0) }}
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
        {{ var('marts_definitions') }} as definitions,
        {{ time_zone_of('known') }} as time_zone,
        {{ birth_year_of('known') }} as birth_year,
        {{ var('marts_min_confidence') }} as min_confidence,
        {{ as_double(var('gap_minutes')) }} as gap_minutes,
        {{ as_double(var('valid_day_hours')) }} as valid_day_hours,
        {{ var('valid_hour_minutes') }} as valid_hour_minutes,
        {{ var('resting_minutes') }} as resting_minutes,
        '{{ checked_zone_rule() }}' as zone_rule,
        {{ var('zone_resting_days') }} as zone_resting_days,
        zone_shares.moderate as moderate_from,
        zone_shares.vigorous as vigorous_from,
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
        case when {{ built }}.participant_id is null then {{ present }}.{{ column }} else {{ built }}.{{ column }} end as {{ column }}
        {%- endfor %}
    from {{ present }}
    left join {{ built }}
        on {{ present }}.participant_id = {{ built }}.participant_id
{%- endmacro %}


{% macro setting_columns() -%}
    {{ return([
        'definitions', 'time_zone', 'birth_year', 'min_confidence', 'gap_minutes', 'valid_day_hours',
        'valid_hour_minutes', 'resting_minutes', 'zone_rule', 'zone_resting_days', 'moderate_from',
        'vigorous_from', 'peak_from'
    ]) }}
{%- endmacro %}


{% macro marts_of_other_settings(participants) -%}
    with built as (
        select * from {{ participants }}
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
        {{ row_of('built', setting_columns()) }} is distinct from {{ row_of('present', setting_columns()) }}
{%- endmacro %}


{% macro refuse_other_definitions() %}
    {#- Rows of two definitions in one mart can't be compared. `make ingest` rebuilds such marts by itself. -#}
    {%- set participants = ref('heart_rate_participant') -%}
    {%- set is_checked = flags.WHICH in ('run', 'build') and not flags.FULL_REFRESH -%}
    {%- if execute and is_checked and 'model.' ~ project_name ~ '.heart_rate_participant' in selected_resources
        and load_relation(participants) -%}
        {%- set others = run_query(
            "select 1 from " ~ participants.render() ~ " as built where (to_jsonb(built) ->> 'definitions')::integer"
            ~ " is distinct from " ~ var('marts_definitions') ~ " limit 1"
        ) -%}
        {%- if others | length -%}
            {%- do exceptions.raise_compiler_error(
                'the marts were built by another version of the project: rebuild them with '
                ~ 'make dbt-build ARGS="--full-refresh --select tag:daily"'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
