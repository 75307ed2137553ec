-- The number of instants that occur more than once with different values, in one file or in several.
select count(*) from deduplicated where is_conflict
