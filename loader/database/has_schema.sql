-- Whether the schemas of this version of the loader are there.
select
    coalesce(obj_description(to_regnamespace('ingest')::oid, 'pg_namespace') like %(version)s, false)
    and to_regclass('staging.heart_rate') is not null
    and to_regclass('ingest.passed_over') is not null
