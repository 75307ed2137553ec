-- Grain: one row per reading that an earlier decision of a doubtful time may have left in the table: at
-- the other instant of that time, at which no file gives a reading. Only of days that this run decides
-- or that the files no longer give at all, and of which nothing is left unread.
select distinct
    decided_clocks.participant_id,
    decided_clocks.alternative,
    decided_clocks.value,
    decided_clocks.confidence
from decided_clocks
inner join all_read_days
    on
        decided_clocks.participant_id = all_read_days.participant_id
        and decided_clocks.alternative::date = all_read_days.day
left join settled_days
    on
        decided_clocks.participant_id = settled_days.participant_id
        and decided_clocks.alternative::date = settled_days.day
left join settled
    on
        decided_clocks.participant_id = settled.participant_id
        and decided_clocks.alternative = settled.timestamp
where
    settled.timestamp is null
    and (
        settled_days.day is null
        or exists (
            select 1
            from touched
            where
                touched.participant_id = decided_clocks.participant_id
                and touched.day = decided_clocks.alternative::date
        )
    )
order by decided_clocks.participant_id, decided_clocks.alternative
