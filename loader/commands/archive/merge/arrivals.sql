-- Grain: one row per participant: what the merge changed.
select
    participant_id,
    sum(rows_new)::bigint as rows_new,
    sum(rows_late)::bigint as rows_late,
    sum(rows_corrected)::bigint as rows_corrected,
    sum(rows_moved)::bigint as rows_moved
from arrived
group by participant_id
