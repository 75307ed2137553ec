-- How many lines of a copy are blank; line_complaint calls the same ones so.
select count(*)
from csv_lines([$copy])
where trim(line, ' ') = ''
