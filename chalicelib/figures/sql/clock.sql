-- Combines: waited.
-- How late our own clock was on each day (China). `n` is the number of reminders and other acts that the
-- clock took for deadlines, and `within_60s` of those that were at most a minute late. The other columns are
-- seconds of delay: the median, the 99th percentile, the maximum. Only months leave the company.
with ranked as (
  select day, waited_s, n, sum(n) over (partition by day order by waited_s) as place,
    sum(n) over (partition by day) as steps
  from (select day, waited_s, sum(n) as n from waited group by day, waited_s) delays
)
select day, sum(n) as n, sum(case when waited_s <= 60 then n else 0 end) as within_60s,
  min(case when place >= 0.5 * steps then waited_s end) as median_s,
  min(case when place >= 0.99 * steps then waited_s end) as p99_s, max(waited_s) as most_s
from ranked
group by day
order by 1
