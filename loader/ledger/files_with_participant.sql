-- Grain: one row per known file that has readings of a participant, or rejected rows that name them, if rows
-- name participants.
select path
from ingest.days
where participant_id = %(participant)s
union
select rejected.path
from ingest.rejected_rows as rejected
inner join ingest.files as files on rejected.path = files.path
where
    (files.format = any(%(first_field_formats)s) and rejected.raw ~ %(in_first_field)s)
    or (files.format = any(%(any_field_formats)s) and rejected.raw ~ %(in_any_field)s)
