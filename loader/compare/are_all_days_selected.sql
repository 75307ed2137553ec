-- Whether the delta is everything that the files contain.
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
