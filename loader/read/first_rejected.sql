-- The first row of a copy that is no reading: its number, text and reason. Rows come in their order,
-- and the rest of them is not looked at.
select
    row_number,
    raw,
    reason
from {relation}_rejected([$copy], $delimiter, $columns)
where reason is not null and reason <> 'blank line'
limit 1 -- noqa: AM09
