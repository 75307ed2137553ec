-- Grain: one row per participant with a reading that counts.
-- What the participant's marts were built with: kept by every later run, until a full refresh.

{{
    config(
        unique_key=['participant_id'],
        touched=buckets('participants'),
        touched_rows='target.participant_id = touched.participant_id'
    )
}}

with
{% if is_incremental() %}
    touched_days as (
        select * from {{ source('staging', 'touched_days') }}
    ),

{% endif %}
coverage as (
    select * from {{ ref('heart_rate_coverage') }}
    {% if is_incremental() %}
        where participant_id in (select touched_days.participant_id from touched_days)
    {% endif %}
),

{% if is_incremental() %}
    built as (
        select * from {{ this }}
    ),

{% endif %}
present as (
    {{ present_settings('coverage') }}
),

settings as (
    {{ settings_kept('built', 'present') if is_incremental() else 'select * from present' }}
)

select
    participant_id,
    definitions,
    time_zone,
    birth_year,
    min_confidence,
    gap_minutes,
    valid_day_hours,
    valid_hour_minutes,
    resting_minutes,
    zone_rule,
    zone_resting_days,
    moderate_from,
    vigorous_from,
    peak_from
from settings
