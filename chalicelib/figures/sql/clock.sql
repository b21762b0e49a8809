-- How late our own clock was on each day (China). `n` is the number of reminders and other acts that the
-- clock took for deadlines, and `within_60s` of those that were at most a minute late. The other columns are
-- seconds of delay: the median, the 99th percentile, the maximum. Only months leave the company.
with ranked as (
  select local_day as day, waited_s, row_number() over (partition by local_day order by waited_s) as place,
    count(*) over (partition by local_day) as n
  from moves where waited_s is not null
)
select day, max(n) as n, sum(case when waited_s <= 60 then 1 else 0 end) as within_60s,
  min(case when place >= 0.5 * n then waited_s end) as median_s,
  min(case when place >= 0.99 * n then waited_s end) as p99_s, max(waited_s) as most_s
from ranked
group by day
order by 1
