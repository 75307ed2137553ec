-- Grain: one row per participant and instant of the staged delta.

with source as (
    {#- Also with --empty: a view defined without rows would still have none in the next run. #}
    select * from {{ source('staging', 'heart_rate').render() }}
),

typed as (
    select
        participant_id::text as participant_id,
        timestamp::timestamptz as timestamp,
        value::double precision as value,
        confidence::smallint as confidence
    from source
)

select
    participant_id,
    timestamp,
    value,
    confidence
from typed
