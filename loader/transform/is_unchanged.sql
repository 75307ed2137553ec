-- Grain: one row. Whether the project of this digest is built, and its seeds and views exist.
select
    exists (select from ingest.project where digest = %s)
    and to_regclass('marts.participants') is not null
    and to_regclass('marts.heart_rate_zones') is not null
    and not exists (
        select
        from ingest.relations
        where
            kind = 'view'
            and to_regclass(format('%%I.%%I', schema_name, relation_name)) is null
    )
