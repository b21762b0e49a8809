-- The number of complaints by day (China) and kind, for early signs. The day of a root cause is the one on
-- which it was found.
select cast(since + interval '8' hour as date) as day, facet, code, count(*) as n
from kinds
group by 1, facet, code
order by 1, 2, 3
