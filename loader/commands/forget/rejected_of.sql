-- Grain: one row. How many rejected rows are of these files, or of a file whose rows name participants
-- and that name this one.
select count(*)
from ingest.rejected_rows
where
    path = any(%(files)s)
    or (
        raw ~ %(names_them)s
        and path in (select files.path from ingest.files as files where files.format = any(%(formats)s))
    )
