-- Fails with each gap that has a covered minute inside it, in the touched days (full_tests: all).
with gaps as (
    select * from {{ ref('heart_rate_gap') }}
    where {{ in_touched_days('gap_end') }}
),

minutes as not materialized (
    select * from {{ ref('heart_rate_minute') }}
),

stretches as (
    select
        participant_id,
        min(gap_start) as stretch_start,
        max(gap_end) as stretch_end
    from gaps
    group by participant_id
),

covered as (
    select
        stretches.participant_id,
        in_stretch.minute
    from stretches
    cross join lateral (
        select minutes.minute
        from minutes
        where
            minutes.participant_id = stretches.participant_id
            and minutes.minute > stretches.stretch_start
            and minutes.minute < stretches.stretch_end
        -- A fence: the participants drive, each with their own part of the index.
        offset 0 -- noqa: AM09
    ) as in_stretch
),

-- One pass over both in their order instead of a look into the minutes per gap (docs/decisions/0036). A
-- minute that begins together with a gap comes before it.
in_order as (
    select
        participant_id,
        minute as instant,
        false as is_gap,
        null::timestamptz as gap_end
    from covered
    union all
    select
        participant_id,
        gap_start,
        true,
        gap_end
    from gaps
),

followed as (
    select
        participant_id,
        instant,
        is_gap,
        max(gap_end) over (
            partition by participant_id
            order by instant, is_gap
            rows between unbounded preceding and current row
        ) as latest_gap_end
    from in_order
)

select
    participant_id,
    latest_gap_end as gap_end,
    min(instant) as first_minute,
    count(*) as minutes
from followed
where
    not is_gap
    and instant <= latest_gap_end - interval '1 minute'
group by participant_id, latest_gap_end
