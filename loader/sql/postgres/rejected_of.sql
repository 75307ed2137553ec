-- Grain: one row. How many rejected rows are of these files, or of shared ones and begin with a
-- participant's name as a CSV's first field.
select count(*)
from ingest.rejected_rows
where path = any(%(files)s) or (path = any(%(shared)s) and raw ~ %(names_them)s)
