-- Grain: one row. What became of the rows read, before the merge: valid ones that lost against
-- another row for the same instant are duplicates; those of untouched days are unchanged.
select
    (select count(*) from readings where reason is null or reason <> 'blank line') as rows_read,
    (select count(*) from readings where reason is not null and reason <> 'blank line') as rejected,
    (select count(*) from settled) as settled,
    (select count(*) from delta) as staged
