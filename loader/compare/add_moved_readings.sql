-- Readings that an earlier decision of a doubtful time may have loaded at its other instant, where no file has a
-- reading. Only days for which every file was read, and which this run decides or no file
-- contains any more.
insert into moved
select distinct
    decided_clocks.participant_id,
    decided_clocks.alternative,
    unnest(readings.measured)
from decided_clocks
inner join readings on decided_clocks.place = readings.rowid
inner join all_read_days
    on
        decided_clocks.participant_id = all_read_days.participant_id
        and decided_clocks.alternative::date = all_read_days.day
left join deduplicated_days
    on
        decided_clocks.participant_id = deduplicated_days.participant_id
        and decided_clocks.alternative::date = deduplicated_days.day
left join deduplicated
    on
        decided_clocks.participant_id = deduplicated.participant_id
        and decided_clocks.alternative = deduplicated.timestamp
where
    deduplicated.timestamp is null
    and (
        deduplicated_days.day is null
        or exists (
            select 1
            from selected_days
            where
                selected_days.participant_id = decided_clocks.participant_id
                and selected_days.day = decided_clocks.alternative::date
        )
    )
