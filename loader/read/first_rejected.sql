-- The first row of a snapshot that is no reading: its number, text and reason. Rows come in their order,
-- and the rest of them is not looked at.
select
    row_number,
    raw,
    reason
from {relation}_rejected([$snapshot], $delimiter, $columns)
where reason is not null and reason <> 'blank line'
limit 1
