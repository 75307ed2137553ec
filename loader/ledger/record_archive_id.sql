-- Record which archive this database is the ledger of.
insert into ingest.store (archive_id)
values (%(archive_id)s)
on conflict (archive_id) do nothing
