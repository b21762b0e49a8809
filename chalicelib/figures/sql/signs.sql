-- The number of complaints by day (China) and kind, for early signs. A root cause counts on the day on which
-- it was found, and any other kind on the day of receipt.
select cast(since + interval '8' hour as date) as day, facet, code, count(*) as n
from kinds
group by 1, facet, code
order by 1, 2, 3
