-- Whether the delta has all readings of the files.
select not exists (
    select
        participant_id,
        day
    from deduplicated_days
    except
    select
        participant_id,
        day
    from selected_days
)
