-- Grain: one row per object that others have built on the tables of this project and that a full refresh would lose.
select problem
from staging.lost_objects()
