-- how many hours it took to be acknowledged, answered and closed: median and 90th percentile by nearest rank
with ranked as (
  select m.month, f.facet, f.code, m.step, m.hours,
    row_number() over (partition by m.month, f.facet, f.code, m.step order by m.hours) as place,
    count(*) over (partition by m.month, f.facet, f.code, m.step) as n
  from milestones m join facets f on f.ref = m.ref
)
select month, facet, code, step, max(n) as n,
  min(case when place >= 0.5 * n then hours end) as median_hours,
  min(case when place >= 0.9 * n then hours end) as p90_hours,
  sum(case when step = 'acknowledged' and hours <= 24 then 1 else 0 end) as within_24h
from ranked
group by month, facet, code, step
order by 1, 2, 3, 4
