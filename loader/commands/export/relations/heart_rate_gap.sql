-- Grain: one row per participant and gap of which at least a part is in the range.
select
    participant_id,
    gap_start,
    gap_end,
    extract(epoch from duration)::double precision as duration_seconds
from marts.heart_rate_gap
where
    participant_id = any(%(participants)s)
    and gap_end > %(start)s
    and gap_start < %(end)s
order by participant_id, gap_start
