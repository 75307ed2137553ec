-- Grain: one row per participant who may have readings in heart_rate. heart_rate itself would have to be scanned;
-- a merge by hand may have brought readings that the ledger doesn't know yet.
select participant_id from ingest.participants
union
select participant_id from ingest.changed_days
