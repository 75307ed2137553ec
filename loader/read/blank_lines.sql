-- How many lines of a copy are blank; line_reject_reason calls the same ones so.
select count(*)
from csv_lines([$copy])
where trim(line, ' ') = ''
