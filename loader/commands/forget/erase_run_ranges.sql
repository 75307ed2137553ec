-- Erase the first and last instant of runs that loaded readings of a participant.
update ingest.runs
set first_timestamp = null, last_timestamp = null
where
    run_id in (
        select arrivals.run_id
        from ingest.arrivals as arrivals
        where arrivals.participant_id = %(participant)s
    )
