-- Grain: one row per 30 UTC days of a participant with minutes, from the first to the last; each column is an
-- array over the minutes.
copy (
    select
        minutes.starts,
        minutes.local_times,
        minutes.means
    from (
        select
            date_trunc('day', min(minute)) as first_day,
            max(minute) as last_minute
        from marts.heart_rate_minute
        where
            participant_id = %(participant)s
            and minute >= %(first)s
            and minute < %(after)s
    ) as span
    cross join generate_series(span.first_day, span.last_minute, interval '30 days') as slices (slice_start)
    cross join
        lateral (
            select
                array_agg(minute order by minute) as starts,
                array_agg(minute at time zone %(time_zone)s order by minute) as local_times,
                array_agg(mean_bpm order by minute) as means
            from marts.heart_rate_minute
            where
                participant_id = %(participant)s
                and minute >= greatest(slices.slice_start, %(first)s)
                and minute < least(slices.slice_start + interval '30 days', %(after)s)
            having count(*) > 0
        ) as minutes
) to stdout (format binary) -- noqa: PRS
