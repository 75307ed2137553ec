-- Archives that are gone, changed or no longer without a fault.
delete from ingest.archives
where path <> all(%s::text[])
