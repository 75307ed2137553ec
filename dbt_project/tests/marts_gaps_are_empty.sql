-- Fails with each gap that has a covered minute inside it, in the touched days (full_tests: all).
select
    gaps.participant_id,
    gaps.gap_start,
    gaps.gap_end,
    covered.minute
from {{ ref('heart_rate_gap') }} as gaps
cross join lateral (
    select minutes.minute
    from {{ ref('heart_rate_minute') }} as minutes
    where
        minutes.participant_id = gaps.participant_id
        and minutes.minute > gaps.gap_start
        and minutes.minute <= gaps.gap_end - interval '1 minute'
    order by minutes.minute
    limit 1
) as covered
where {{ tested_window('gaps.gap_end') }}
