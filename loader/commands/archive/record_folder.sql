-- Record that an archive was begun in a folder.
insert into ingest.archive_folders (folder)
values (%(folder)s)
on conflict (folder) do nothing
