-- Record the digest of the project that dbt has built; there is one at a time.
delete from ingest.project;
insert into ingest.project (digest) values (%s);
