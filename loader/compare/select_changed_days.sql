-- The participant-days in which what a file gives is not what the ledger says it gave: changed,
-- added, gone, or not known exactly. Of an appended file every day it gives.
insert into selected_days
select distinct
    participant_id,
    day
from (
    select
        coalesce(given.participant_id, known.participant_id) as participant_id,
        coalesce(given.day, known.day) as day
    from (
        select
            files.path,
            file_days.participant_id,
            file_days.day,
            file_days.readings,
            file_days.checksum
        from file_days
        inner join files on file_days.file_id = files.file_id
        where not files.appended
    ) as given
    full outer join known_days as known
        on
            given.path = known.path
            and given.participant_id = known.participant_id
            and given.day = known.day
    where
        given.readings is distinct from known.readings
        or given.checksum is distinct from known.checksum
    union all
    select
        file_days.participant_id,
        file_days.day
    from file_days
    inner join files on file_days.file_id = files.file_id
    where files.appended
)
