-- Empty what is staged, for a run that fills the whole table. That one is empty already: truncated in
-- the transaction that fills it, what it gets need not be logged (wal_level=minimal).
truncate staging.heart_rate_packs, staging.touched_days, staging.batch, staging.heart_rate_whole
