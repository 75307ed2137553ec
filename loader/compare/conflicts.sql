-- How many instants occur more than once, in one file or in several, with different values.
select count(*) from deduplicated where is_conflict
