-- Grain: one row per participant and change near which rows were read: the UTC days (both inclusive) on which
-- other files may have rows for the decision.
select distinct
    clock_rows.participant_id,
    (
        clock_changes.begin_near
        - to_microseconds(greatest(clock_changes.before_us, clock_changes.after_us))
    )::date as first_day,
    (
        clock_changes.end_near
        - to_microseconds(least(clock_changes.before_us, clock_changes.after_us))
    )::date as last_day
from clock_rows
inner join clock_changes
    on clock_rows.zone = clock_changes.zone and clock_rows.instant = clock_changes.instant
