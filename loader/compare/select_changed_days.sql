-- Select the participant-days on which the readings of a file and device differ from the ledger: changed, added, removed, or without a
-- known checksum. Select every day of an appended part.
insert into selected_days
select distinct
    participant_id,
    day
from (
    select
        coalesce(found.participant_id, known.participant_id) as participant_id,
        coalesce(found.day, known.day) as day
    from (
        select
            files.path,
            file_days.participant_id,
            file_days.day,
            file_days.device,
            file_days.readings,
            file_days.checksum
        from file_days
        inner join files on file_days.file_id = files.file_id
        where not files.appended
    ) as found
    full outer join known_days as known
        on
            found.path = known.path
            and found.participant_id = known.participant_id
            and found.day = known.day
            and found.device = known.device
    where
        found.readings is distinct from known.readings
        or found.checksum is distinct from known.checksum
    union all
    select
        file_days.participant_id,
        file_days.day
    from file_days
    inner join files on file_days.file_id = files.file_id
    where files.appended
)
