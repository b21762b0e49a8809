-- how late our own clock was each day (China): steps of ladders, and how many seconds after their moment
with ranked as (
  select local_day as day, waited_s, row_number() over (partition by local_day order by waited_s) as place,
    count(*) over (partition by local_day) as n
  from moves where waited_s is not null
)
select day, max(n) as n, min(case when place >= 0.5 * n then waited_s end) as median_s,
  min(case when place >= 0.99 * n then waited_s end) as p99_s, max(waited_s) as most_s
from ranked
group by day
order by 1
