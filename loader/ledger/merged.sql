-- What the merge of a run changed, as dbt recorded it in the merge's own transaction.
select
    rows_new,
    rows_late,
    rows_corrected,
    rows_moved
from ingest.merges -- noqa: PRS
where run_id = %s
