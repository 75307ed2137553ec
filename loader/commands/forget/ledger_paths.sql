-- Grain: one row per path anywhere in the ledger.
select path from ingest.files
union
select path from ingest.rejected_rows
union
select path from ingest.passed_over
union
select path from ingest.archives
union
select path from ingest.refused_files
order by path
