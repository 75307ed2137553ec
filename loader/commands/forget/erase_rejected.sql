-- Erase the rejected rows that rejected_of.sql counts.
delete from ingest.rejected_rows
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
