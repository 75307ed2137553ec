-- The first rejected row of a copy: its number, text and reason. DuckDB stops reading at this row.
select
    row_number,
    raw,
    reason
from {relation}_rejected([$copy], $delimiter, $columns)
where reason is not null and reason <> 'blank line'
limit 1 -- noqa: AM09
