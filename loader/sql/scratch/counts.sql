-- Grain: one row. What became of the rows read, before the merge: valid ones that lost against
-- another row for the same instant are duplicates; those of untouched days are unchanged.
select
    (select count(timestamp) from readings) as valid,
    (select count(*) from rejected) as rejected,
    (select count(*) from settled) as settled,
    (select count(*) from delta) as staged
