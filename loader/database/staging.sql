-- Schema `staging`: what the loader hands over to dbt, one run's delta and nothing else.
-- Run after schema.sql and dependents.sql, and as often.

-- Earlier versions staged the delta as packs, arrays read through the view staging.heart_rate. The view makes
-- way for a table of the same name with the same readings, and what others built on it is carried over,
-- dbt's view stg_heart_rate among it. Still earlier ones had staging.touched_days as a view of the packs:
-- what they staged is given up, and staged again, because the ledger does not know of it yet.
do $$
begin
    if exists (select from pg_views where schemaname = 'staging' and viewname = 'touched_days') then
        drop view staging.touched_days;
        truncate staging.heart_rate_packs, staging.batch;
    end if;
    if exists (select from pg_views where schemaname = 'staging' and viewname = 'heart_rate') then
        perform staging.prepare_swap('staging', 'heart_rate');
        alter view staging.heart_rate rename to heart_rate_of_packs;
    end if;
end;
$$;

-- Grain: one row per participant and instant of the delta. Unlogged, like all of this schema: a crash may
-- empty it, and then the next run stages again. A first build, a full refresh and a large delta fill
-- staging.heart_rate_bulk_load instead, which dbt creates and swaps in (dbt_project/macros/bulk_load/).
create unlogged table if not exists staging.heart_rate (
    participant_id text not null,
    timestamp timestamptz not null,
    value double precision not null,
    confidence smallint
);

-- Which run staged how many readings. Empty when nothing is staged.
create unlogged table if not exists staging.batch (
    run_id bigint not null,
    readings bigint not null
);

-- For a delta that is large next to heart_rate, dbt writes both when the bulk-load table is complete
-- (dbt_project/macros/bulk_load/keep_readings.sql): what the delta adds, one row per participant, and how many
-- readings heart_rate held, one row.
create unlogged table if not exists staging.bulk_load_arrivals (
    participant_id text not null,
    rows_new bigint not null,
    rows_late bigint not null,
    rows_corrected bigint not null,
    rows_held bigint not null
);
create unlogged table if not exists staging.kept_readings (
    readings bigint not null
);

-- Grain: one row per participant and UTC day with a staged reading: what the marts recompute, and how
-- many readings each is to have brought.
create unlogged table if not exists staging.touched_days (
    participant_id text not null,
    day_start timestamptz not null,
    day_end timestamptz not null,
    readings bigint not null,
    last_timestamp timestamptz not null
);

-- Grain: one row per reading that heart_rate may hold at an instant at which no file has it any more: a local
-- time that occurs twice was taken for the other one, or its file was read under other settings of its folder
-- (docs/formats.md). The merge deletes it there if value and confidence are the same.
create unlogged table if not exists staging.moved_readings (
    participant_id text not null,
    timestamp timestamptz not null,
    value double precision not null,
    confidence smallint
);

-- The rest of the conversion.
do $$
begin
    if to_regclass('staging.heart_rate_of_packs') is not null then
        insert into staging.heart_rate select * from staging.heart_rate_of_packs;
        perform staging.finish_swap('staging', 'heart_rate');
        drop view staging.heart_rate_of_packs;
        drop table staging.heart_rate_packs;
        alter table if exists staging.heart_rate_whole rename to heart_rate_bulk_load;
        alter table staging.batch drop column if exists whole;
    end if;
end;
$$;
drop function if exists staging.shrink();
drop function if exists staging.lost(text[], date[]);
drop function if exists staging.instant_hash(timestamptz);

-- What a full refresh would lose: how many readings of the old table are missing from the staged one; only
-- those of some participant-days (UTC), where they are named. The bounds are literals, so that the chunks
-- of other days stay unread.
create or replace function staging.lost_readings(
    held regclass, staged regclass, participant_ids text[] default null, days date[] default null
) returns bigint
language plpgsql stable as $$
declare
    -- What is below the floor of retention (docs/retention.md) is to be dropped anyway.
    floor timestamptz := coalesce(
        (select retention.floor::timestamp at time zone 'UTC' from ingest.retention), '-infinity'
    );
    first_instant timestamptz := floor;
    end_instant timestamptz := 'infinity';
    readings_lost bigint;
begin
    if days is not null then
        select greatest(floor, min(day)::timestamp at time zone 'UTC'), (max(day) + 1)::timestamp at time zone 'UTC'
        into first_instant, end_instant
        from unnest(days) as named (day);
    end if;
    execute format(
        $count$
            select count(*)
            from (select * from %1$s where timestamp >= %3$L and timestamp < %4$L) as held
            left join (
                select participant_id, timestamp
                from %2$s
                where timestamp >= %3$L and timestamp < %4$L
            ) as staged
                using (participant_id, timestamp)
            where
                staged.timestamp is null
                and (
                    $2 is null
                    or (held.participant_id, (held.timestamp at time zone 'UTC')::date)
                    in (select * from unnest($1, $2))
                )
        $count$,
        held, staged, first_instant, end_instant
    )
    into readings_lost
    using participant_ids, days;
    return readings_lost;
end;
$$;
