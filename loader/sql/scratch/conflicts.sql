-- How many instants several files give with different values.
select count(*) from settled where is_conflict
