-- Close a run's row.
update ingest.runs
set
    outcome = %(outcome)s,
    ended_at = clock_timestamp(),
    files_seen = %(files_seen)s,
    files_read = %(files_read)s,
    files_passed_over = %(files_passed_over)s,
    rows_read = %(rows_read)s,
    rows_staged = %(rows_staged)s,
    rows_new = %(rows_new)s,
    rows_late = %(rows_late)s,
    rows_corrected = %(rows_corrected)s,
    rows_unchanged = %(rows_unchanged)s,
    rows_duplicate = %(rows_duplicate)s,
    rows_rejected = %(rows_rejected)s,
    rows_below_retention = %(rows_below_retention)s,
    rows_moved = %(rows_moved)s,
    conflicts = %(conflicts)s,
    local_times_repeated = %(local_times_repeated)s,
    local_times_ambiguous = %(local_times_ambiguous)s,
    local_times_never = %(local_times_never)s,
    first_timestamp = %(first_timestamp)s,
    last_timestamp = %(last_timestamp)s,
    last_ok_run = %(last_ok_run)s,
    heart_rate_oid = coalesce(%(heart_rate_oid)s, heart_rate_oid),
    seconds = %(seconds)s,
    error = %(error)s
where run_id = %(run_id)s
