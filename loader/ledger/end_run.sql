-- Close a run's row.
update ingest.runs
set
    outcome = %(outcome)s,
    ended_at = clock_timestamp(),
    files_seen = %(files_seen)s,
    files_read = %(files_read)s,
    files_passed_over = %(files_passed_over)s,
    rows_read = %(read)s,
    rows_staged = %(staged)s,
    rows_new = %(new)s,
    rows_late = %(late)s,
    rows_corrected = %(corrected)s,
    rows_unchanged = %(unchanged)s,
    rows_duplicate = %(duplicate)s,
    rows_rejected = %(rejected)s,
    rows_below_retention = %(below_retention)s,
    rows_moved = %(moved)s,
    conflicts = %(conflicts)s,
    local_times_repeated = %(repeated)s,
    local_times_ambiguous = %(ambiguous)s,
    local_times_never = %(never)s,
    first_timestamp = %(first_timestamp)s,
    last_timestamp = %(last_timestamp)s,
    last_ok_run = %(last_ok_run)s,
    heart_rate_oid = coalesce(%(heart_rate_oid)s, heart_rate_oid),
    seconds = %(seconds)s,
    error = %(error)s
where run_id = %(run_id)s
