-- Forget archives that are gone, have changed, or now have a fault.
delete from ingest.archives
where path <> all(%s::text[])
