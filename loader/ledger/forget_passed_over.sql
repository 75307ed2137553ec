-- Files that were passed over and are gone or changed.
delete from ingest.passed_over
where path = any(%s)
