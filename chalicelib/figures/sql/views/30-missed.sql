-- The moment and the entry at which the clock first noticed that a complaint had missed a deadline.
select ref, deadline, min(taken_at) as taken_at, min(n) as n
from moves
where deadline is not null and not early
group by ref, deadline
