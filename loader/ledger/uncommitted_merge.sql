-- Whether a run merged and died before its ledger entry.
select exists (
    select 1
    from ingest.merges
    where not committed
)
