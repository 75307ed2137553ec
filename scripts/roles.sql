-- The two roles of this project, and what they may do in one database.
--
--   fitbit_loader   logs in; loads, runs dbt, owns the tables
--   fitbit_reader   only reads; logs in once it has a password. Or grant it to people:
--                   grant fitbit_reader to alice;
--
-- An administrator runs this on any server, in the database that the readings go to, as often as
-- they like (the extension has to be there: create extension if not exists timescaledb):
--
--   read -rs FITBIT_LOADER_PASSWORD && export FITBIT_LOADER_PASSWORD
--   read -rs FITBIT_READER_PASSWORD && export FITBIT_READER_PASSWORD
--   psql --dbname=fitbit --file=scripts/roles.sql
--
-- The passwords come from the environment, so that no command line shows them. Without a variable
-- that role's password stays as it is. `make ingest` never needs more rights than these.

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

-- An empty one is what compose hands over where .env names none.
\set reader_password ''
\getenv reader_password FITBIT_READER_PASSWORD
select format('alter role fitbit_reader login password %L', :'reader_password')
where :'reader_password' <> '' \gexec

-- A run that is killed leaves its server process working until that next looks at the connection.
alter role fitbit_loader set client_connection_check_interval = '1s';

-- Temporary tables, and the schemas that dbt makes.
grant connect, create, temporary on database :"DBNAME" to fitbit_loader;
grant usage, create on schema public to fitbit_loader;

-- Lets the loader say who holds its lock: the rows of others in pg_stat_activity.
grant pg_read_all_stats to fitbit_loader;

-- The tables are granted by their owner, dbt; see `grants` in dbt_project.yml.
grant connect on database :"DBNAME" to fitbit_reader;
grant usage on schema public to fitbit_reader;

commit;
