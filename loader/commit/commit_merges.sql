-- The ledger knows now what these runs merged.
update ingest.merges -- noqa: PRS
set committed = true
where run_id = %(run_id)s or %(everything)s
