-- The role that dbt grants reading to must exist; scripts/roles.sql makes it on servers where the
-- loader's own role may not.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'fitbit_reader') then
        create role fitbit_reader nologin;
    end if;
end;
$$
