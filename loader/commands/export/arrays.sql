-- Grain: one row per slice of a participant's rows in a large relation, in the order of its key; each column is an array
-- over the slice's rows. The first slice begins with the UTC day of the first row; a slice without rows is left out.
copy (
    select slice_rows.*
    from (
        select
            date_trunc('day', min({key})) as first_day,
            max({key}) as last_key
        from {relation}
        where
            participant_id = %(participant)s
            and {key} >= %(start)s
            and {key} < %(end)s
    ) as span
    cross join generate_series(span.first_day, span.last_key, {slice}) as slices (slice_start)
    cross join
        lateral (
            select {arrays}
            from {relation}
            where
                participant_id = %(participant)s
                and {key} >= greatest(slices.slice_start, %(start)s)
                and {key} < least(slices.slice_start + {slice}, %(end)s)
                and {condition}
            having count(*) > 0
        ) as slice_rows
) to stdout (format binary) -- noqa: PRS
