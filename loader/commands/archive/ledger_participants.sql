-- Grain: one row per participant in the ledger.
select distinct participant_id
from ledger
order by participant_id
