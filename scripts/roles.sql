-- The two roles of this project, and their privileges in one database.
--
--   fitbit_loader   logs in; loads, runs dbt, owns the tables
--   fitbit_reader   only reads; logs in once it has a password. Or grant it to people:
--                   grant fitbit_reader to alice;
--
-- An administrator can run this on any server, in the database for the readings, any number of times.
-- The extension has to exist (create extension if not exists timescaledb):
--
--   read -rs FITBIT_LOADER_PASSWORD && export FITBIT_LOADER_PASSWORD
--   read -rs FITBIT_READER_PASSWORD && export FITBIT_READER_PASSWORD
--   psql --dbname=fitbit --file=scripts/roles.sql
--
-- The passwords are read from the environment, so that no command line shows them. If a variable isn't set,
-- that role's password stays as it is. `make ingest` never needs more privileges than these.

\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;

begin;

select 'create role fitbit_reader nologin'
where not exists (select from pg_roles where rolname = 'fitbit_reader') \gexec

select 'create role fitbit_loader login'
where not exists (select from pg_roles where rolname = 'fitbit_loader') \gexec

\getenv loader_password FITBIT_LOADER_PASSWORD
\if :{?loader_password}
alter role fitbit_loader password :'loader_password';
\endif

-- Compose passes an empty password if .env has none.
\set reader_password ''
\getenv reader_password FITBIT_READER_PASSWORD
select format('alter role fitbit_reader login password %L', :'reader_password')
where :'reader_password' <> '' \gexec

-- The server process of a killed run continues until it next checks the connection.
alter role fitbit_loader set client_connection_check_interval = '1s';

-- Temporary tables, and the schemas that dbt creates.
grant connect, create, temporary on database :"DBNAME" to fitbit_loader;
grant usage, create on schema public to fitbit_loader;

-- Lets the loader see other sessions in pg_stat_activity, so that it can say who holds its lock.
grant pg_read_all_stats to fitbit_loader;

-- dbt owns the tables and grants the privileges on them; see `grants` in dbt_project.yml.
grant connect on database :"DBNAME" to fitbit_reader;
grant usage on schema public to fitbit_reader;

commit;
