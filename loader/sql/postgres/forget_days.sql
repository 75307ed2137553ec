-- Files read in full give their days anew. Those of missing files stay: what they gave is in the table.
delete from ingest.days
where path = any(%s)
