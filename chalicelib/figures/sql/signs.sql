-- Adds up: n.
-- The number of complaints by day (China) and kind, for early signs. A root cause counts on the day on which
-- it was found, and any other kind on the day of receipt. `late`: how many days later it was recorded.
select day, facet, code, late, count(*) as n
from (
  select cast(since + interval '8' hour as date) as day, facet, code,
    least(greatest(date_diff('day', cast(since + interval '8' hour as date),
      cast(recorded + interval '8' hour as date)), 0), 7) as late
  from kinds
) as dated
group by day, facet, code, late
order by day, facet, code, late
