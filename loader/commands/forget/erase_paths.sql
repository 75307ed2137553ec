-- Erase files from the ledger; their days go with the participant's.
with known as (
    delete from ingest.files
    where path = any(%(files)s)
),

archives as (
    delete from ingest.archives
    where path = any(%(files)s)
),

refused as (
    delete from ingest.refused_files
    where path = any(%(files)s)
)

delete from ingest.passed_over
where path = any(%(files)s)
