-- Files that changed, are gone, or were read after all.
delete from ingest.refused_files
where path = any(%s)
