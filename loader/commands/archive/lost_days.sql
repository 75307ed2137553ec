-- Grain: one row per participant-day of the ledger that the new file of a partition lacks, and that may not leave.
select
    held.participant_id,
    held.day
from ledger as held
left join file_days
    on
        held.participant_id = file_days.participant_id
        and held.day = file_days.day
        and file_days.first_day = $first_day
        and file_days.bucket = $bucket
left join may_leave on held.participant_id = may_leave.participant_id and held.day = may_leave.day
where
    held.day >= $first_day
    and held.day < $end_day
    and held.bucket = $bucket
    and file_days.day is null
    and may_leave.day is null
order by held.participant_id, held.day
