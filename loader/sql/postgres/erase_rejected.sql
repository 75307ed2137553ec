-- Erase the rejected rows that rejected_of.sql counts.
delete from ingest.rejected_rows
where path = any(%(files)s) or (path = any(%(shared)s) and raw ~ %(names_them)s)
