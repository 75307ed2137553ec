-- What a full refresh would lose of what others have built on the tables of this project.
select problem
from staging.lost_objects()
