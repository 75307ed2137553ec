-- Grain: one row per participant and instant of the staged delta.

with source as (
    select * from {{ source('staging', 'heart_rate') }}
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
