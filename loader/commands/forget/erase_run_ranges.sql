-- Between which instants the readings of a run were, where some of them were a participant's.
update ingest.runs
set first_timestamp = null, last_timestamp = null
where
    run_id in (
        select arrivals.run_id
        from ingest.arrivals as arrivals
        where arrivals.participant_id = %(participant)s
    )
