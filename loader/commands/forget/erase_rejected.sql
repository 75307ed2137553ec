-- Erase the rejected rows that rejected_of.sql counts.
delete from ingest.rejected_rows
where
    path = any(%(files)s)
    or (
        raw ~ %(names_them)s
        and path in (select files.path from ingest.files as files where files.format = any(%(formats)s))
    )
