-- Forget what a table of the ledger says of these files: they are gone or changed, or are recorded again.
delete from {table}
where path = any(%s)
