-- Grain: one row per participant and UTC day of these participants in the ledger.
select
    participant_id,
    day
from ledger
where participant_id in (select unnest($participants))
