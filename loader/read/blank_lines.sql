-- How many lines of a snapshot are blank; line_complaint calls the same ones so.
select count(*)
from csv_lines([$snapshot])
where trim(line, ' ') = ''
