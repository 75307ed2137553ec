-- Fails with each gap that has a covered minute inside it, in the touched days (full_tests: all).
with gaps as (
    select * from {{ ref('heart_rate_gap') }}
    where {{ in_touched_days('gap_end') }}
),

minutes as not materialized (
    select * from {{ ref('heart_rate_minute') }}
)

select
    gaps.participant_id,
    gaps.gap_start,
    gaps.gap_end,
    covered.minute
from gaps
cross join lateral (
    select minutes.minute
    from minutes
    where
        minutes.participant_id = gaps.participant_id
        and minutes.minute > gaps.gap_start
        and minutes.minute <= gaps.gap_end - interval '1 minute'
    order by minutes.minute
    limit 1
) as covered
