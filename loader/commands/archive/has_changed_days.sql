-- Whether a run has staged readings since a position.
select exists ( -- noqa: LT01, LT06
    select 1
    from ingest.changed_days
    where run_id > %(run_id)s
)
