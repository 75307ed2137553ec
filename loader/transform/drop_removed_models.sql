-- Drop the tables of models that the project no longer has. A table that somebody's view reads stays.
do $$
begin
    drop table if exists intermediate.int_heart_rate_day_percentiles;
    delete from ingest.relations
    where schema_name = 'intermediate' and relation_name = 'int_heart_rate_day_percentiles';
exception when dependent_objects_still_exist then
    null;
end;
$$
