-- when each deadline of a complaint was first seen to be missed
select ref, deadline, min(taken_at) as taken_at
from moves
where deadline is not null and not early
group by ref, deadline
