-- Fails with the name of what is missing.
{% set heart_rate = ref('heart_rate') %}
select 'is a hypertable' as assertion
where not exists (
    select 1
    from timescaledb_information.hypertables
    where
        hypertable_schema = '{{ heart_rate.schema }}'
        and hypertable_name = '{{ heart_rate.identifier }}'
)
union all
select 'has a primary key'
where not exists (
    select 1
    from pg_constraint
    where contype = 'p' and conrelid = '{{ heart_rate.render() }}'::regclass
)
