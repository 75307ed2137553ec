-- Whether this is the database in which a run was recorded.
select exists ( -- noqa: LT01, LT06
    select 1
    from ingest.runs
    where run_id = %(run_id)s and started_at = %(run_started_at)s::timestamptz
)
