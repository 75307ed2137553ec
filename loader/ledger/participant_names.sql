-- Grain: one row per participant with readings, by the ledger.
select participant_id
from ingest.participants
order by participant_id
