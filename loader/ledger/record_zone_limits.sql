-- Replace the limits of files that were read in full, and record the days on which limits changed. The new limits also
-- replace those of missing files on the same days: a renamed file must not contradict itself.
with scanned as (
    select path from unnest(%s::text[]) as named (path)
),

missing as (
    select path from unnest(%s::text[]) as named (path)
),

given as (
    select *
    from unnest(
        %s::text[],
        %s::text[],
        %s::smallint[],
        %s::date[],
        %s::double precision[],
        %s::double precision[],
        %s::double precision[]
    ) as rows_given (path, participant_id, rank, day, moderate_from_bpm, vigorous_from_bpm, peak_from_bpm)
),

removed as (
    delete from ingest.zone_limits as known
    where
        known.path in (select scanned.path from scanned)
        and not exists (
            select 1
            from given
            where
                given.path = known.path
                and given.participant_id = known.participant_id
                and given.day = known.day
        )
    returning known.participant_id, known.day
),

replaced as (
    delete from ingest.zone_limits as known
    where
        known.path in (select missing.path from missing)
        and exists (
            select 1
            from given
            where given.participant_id = known.participant_id and given.day = known.day
        )
    returning known.participant_id, known.day
),

recorded as (
    insert into ingest.zone_limits as known (
        path, participant_id, day, rank, moderate_from_bpm, vigorous_from_bpm, peak_from_bpm
    )
    select
        path,
        participant_id,
        day,
        rank,
        moderate_from_bpm,
        vigorous_from_bpm,
        peak_from_bpm
    from given
    on conflict (path, participant_id, day) do update
        set
            rank = excluded.rank,
            moderate_from_bpm = excluded.moderate_from_bpm,
            vigorous_from_bpm = excluded.vigorous_from_bpm,
            peak_from_bpm = excluded.peak_from_bpm
        where
        (known.rank, known.moderate_from_bpm, known.vigorous_from_bpm, known.peak_from_bpm)
        <> (excluded.rank, excluded.moderate_from_bpm, excluded.vigorous_from_bpm, excluded.peak_from_bpm)
    returning known.participant_id, known.day
)

insert into ingest.changed_limits (participant_id, day)
select
    participant_id,
    day
from removed
union
select
    participant_id,
    day
from replaced
union
select
    participant_id,
    day
from recorded
on conflict do nothing
