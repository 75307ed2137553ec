-- Grain: one row per folder in which an archive was begun.
select folder
from ingest.archive_folders
order by folder
