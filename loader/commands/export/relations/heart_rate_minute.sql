-- Grain: one row per 30 UTC days of a participant with minutes, from the first to the last; each column is an
-- array over the minutes.
copy (
    select
        minutes.starts,
        minutes.readings,
        minutes.means,
        minutes.lowest,
        minutes.highest
    from (
        select
            date_trunc('day', min(minute)) as first_day,
            max(minute) as last_minute
        from marts.heart_rate_minute
        where
            participant_id = %(participant)s
            and minute >= %(start)s
            and minute < %(end)s
    ) as span
    cross join generate_series(span.first_day, span.last_minute, interval '30 days') as slices (slice_start)
    cross join
        lateral (
            select
                array_agg(minute order by minute) as starts,
                array_agg(readings order by minute) as readings,
                array_agg(mean_bpm order by minute) as means,
                array_agg(min_bpm order by minute) as lowest,
                array_agg(max_bpm order by minute) as highest
            from marts.heart_rate_minute
            where
                participant_id = %(participant)s
                and minute >= greatest(slices.slice_start, %(start)s)
                and minute < least(slices.slice_start + interval '30 days', %(end)s)
            having count(*) > 0
        ) as minutes
) to stdout (format binary) -- noqa: PRS
