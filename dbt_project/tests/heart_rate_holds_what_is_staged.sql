-- Fails with the staged readings that the table lacks or has with another value.
with staged as (
    select * from {{ ref('stg_heart_rate') }}
),

heart_rate as (
    select * from {{ ref('heart_rate') }}
    where {{ in_staged_window() }}
)

select
    staged.participant_id,
    staged.timestamp,
    staged.value as staged_value,
    heart_rate.value as table_value
from staged
left join heart_rate
    on
        staged.participant_id = heart_rate.participant_id
        and staged.timestamp = heart_rate.timestamp
where
    (staged.value, staged.confidence)
    is distinct from (heart_rate.value, heart_rate.confidence)
