-- Files read in full replace their days. Those of missing files stay: what they gave is in the table.
delete from ingest.days
where path = any(%s)
