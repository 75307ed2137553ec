-- Grain: one row per known file that has readings of a participant, or rejected rows that name
-- the participant, if rows name participants.
select path
from ingest.days
where participant_id = %(participant)s
union
select rejected.path
from ingest.rejected_rows as rejected
inner join ingest.files as files on rejected.path = files.path
where files.format = any(%(formats)s) and rejected.raw ~ %(names_them)s
