-- Grain: one row per known file that has readings of a participant, or had some when it was read.
select
    files.path,
    files.read_as,
    array(
        select distinct days.participant_id
        from ingest.days as days
        where days.path = files.path
    ) as participants
from ingest.files as files
where
    jsonb_exists(files.read_as::jsonb, %(participant)s)
    or exists (
        select 1
        from ingest.days as days
        where days.path = files.path and days.participant_id = %(participant)s
    )
order by files.path
