-- The ledger knows now what these runs merged.
update ingest.merges
set committed = true
where run_id = %(run_id)s or %(everything)s
