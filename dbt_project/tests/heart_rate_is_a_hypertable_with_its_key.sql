-- Fails with the name of what is missing.
select 'hypertable' as missing
where not exists (
    select 1
    from timescaledb_information.hypertables
    where hypertable_schema = '{{ ref("heart_rate").schema }}' and hypertable_name = 'heart_rate'
)
union all
select 'primary key'
where not exists (
    select 1
    from pg_constraint
    where contype = 'p' and conrelid = '{{ ref("heart_rate") }}'::regclass
)
