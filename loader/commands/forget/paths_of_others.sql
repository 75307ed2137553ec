-- Grain: one row per known file with readings of others, now or when it was read.
select path
from ingest.files
where
    exists (
        select 1
        from jsonb_object_keys(coalesce(read_as, '{}')::jsonb) as participants (participant_id)
        where participants.participant_id <> %(participant)s
    )
union
select path
from ingest.days
where participant_id <> %(participant)s
