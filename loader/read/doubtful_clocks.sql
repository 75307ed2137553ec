-- Grain: one row per doubtful row and, if the time never occurs, per row near it; by participant and change,
-- in the order (format rank, path, line). `first_before` to `last_after` are the file's rows shortly before
-- and after the doubtful times; a file with only such rows has a null `place`.
with doubtful as (
    select distinct
        clock_rows.participant_id,
        clock_rows.zone,
        clock_rows.instant
    from clock_rows
    inner join clock_changes
        on clock_rows.zone = clock_changes.zone and clock_rows.instant = clock_changes.instant
    where
        clock_rows.clock >= clock_changes.begin_clock
        and clock_rows.clock < clock_changes.end_clock
),

sides as (
    select
        clock_rows.participant_id,
        clock_rows.zone,
        clock_rows.instant,
        clock_rows.file_id,
        min(clock_rows.place) filter (clock_rows.clock < clock_changes.begin_clock) as first_before,
        max(clock_rows.place) filter (clock_rows.clock < clock_changes.begin_clock) as last_before,
        min(clock_rows.place) filter (clock_rows.clock >= clock_changes.end_clock) as first_after,
        max(clock_rows.place) filter (clock_rows.clock >= clock_changes.end_clock) as last_after
    from clock_rows
    inner join clock_changes
        on clock_rows.zone = clock_changes.zone and clock_rows.instant = clock_changes.instant
    group by all
)

select
    clock_changes.instant,
    clock_changes.before_us,
    clock_changes.after_us,
    sides.participant_id,
    sides.file_id,
    sides.first_before,
    sides.last_before,
    sides.first_after,
    sides.last_after,
    clock_rows.place,
    clock_rows.clock,
    clock_rows.measured
from doubtful
inner join clock_changes
    on doubtful.zone = clock_changes.zone and doubtful.instant = clock_changes.instant
inner join sides
    on
        doubtful.participant_id = sides.participant_id
        and doubtful.zone = sides.zone
        and doubtful.instant = sides.instant
left join clock_rows
    on
        sides.participant_id = clock_rows.participant_id
        and sides.zone = clock_rows.zone
        and sides.instant = clock_rows.instant
        and sides.file_id = clock_rows.file_id
        and (
            clock_changes.after_us > clock_changes.before_us
            or (
                clock_changes.begin_clock <= clock_rows.clock
                and clock_changes.end_clock > clock_rows.clock
            )
        )
order by
    sides.participant_id,
    sides.zone,
    sides.instant,
    sides.file_id,
    clock_rows.place
