-- Whether a run merged and died before its ledger entry.
select exists ( -- noqa: LT01, LT06
    select 1
    from ingest.merges -- noqa: PRS
    where not committed
)
