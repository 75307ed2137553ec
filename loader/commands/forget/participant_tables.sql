-- Grain: one row per table with rows of participants: heart_rate, the marts with what they are built
-- from (seeds included), the copies of these that another target of dbt has built (dev_marts), and the
-- ledger. Found in the catalogue, so that a new model is not forgotten.
select
    namespaces.nspname as schema_name,
    tables.relname as table_name
from pg_class as tables
inner join pg_namespace as namespaces on tables.relnamespace = namespaces.oid
inner join pg_attribute as columns on tables.oid = columns.attrelid
where
    tables.relkind in ('r', 'p')
    and columns.attname = 'participant_id'
    and not columns.attisdropped
    and (
        namespaces.nspname in ('intermediate', 'marts', 'ingest')
        or (namespaces.nspname = 'public' and tables.relname = 'heart_rate')
        or (
            namespaces.nspname ~ '_(public|intermediate|marts)$'
            and (
                tables.relname = 'participants'
                or tables.relname in (select relations.relation_name from ingest.relations as relations)
            )
        )
    )
order by
    namespaces.nspname <> 'public',
    namespaces.nspname,
    tables.relname
