-- The number of blank lines in a copy, by the same rule as line_reject_reason.
select count(*)
from csv_lines([$copy])
where trim(line, ' ') = ''
