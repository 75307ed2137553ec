-- Grain: one reading of a touched participant-day, in the order (participant, timestamp), which is that
-- of settled: a row is passed on or not, and nothing is sorted.
create or replace view delta as
select
    settled.participant_id,
    settled.timestamp,
    epoch_us(settled.timestamp) as timestamp_us,
    settled.value,
    settled.confidence
from settled
cross join touched_flags
where
    settled.timestamp::date >= touched_flags.first_day
    and settled.timestamp::date < touched_flags.first_day + touched_flags.days::integer
    and touched_flags.is_touched[
        settled.person * touched_flags.days + (settled.timestamp::date - touched_flags.first_day) + 1
    ]
