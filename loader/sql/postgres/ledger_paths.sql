-- Grain: one row per path anywhere in the ledger.
select path from ingest.files
union
select path from ingest.rejected_rows
union
select path from ingest.passed_over
order by path
