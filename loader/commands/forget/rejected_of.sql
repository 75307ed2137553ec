-- Grain: one row. How many rejected rows are of these files, or of a file whose rows name participants
-- and name this one.
select count(*)
from ingest.rejected_rows
where
    path = any(%(files)s)
    or (
        raw ~ %(in_first_field)s
        and path in (select files.path from ingest.files as files where files.format = any(%(first_field_formats)s))
    )
    or (
        raw ~ %(in_any_field)s
        and path in (select files.path from ingest.files as files where files.format = any(%(any_field_formats)s))
    )
