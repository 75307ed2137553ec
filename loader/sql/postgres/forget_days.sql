-- Files read in full give their days anew; vanished files give none.
delete from ingest.days
where path = any(%s)
