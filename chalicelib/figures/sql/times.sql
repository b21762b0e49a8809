-- How many hours complaints took until they were acknowledged, answered and closed: median and 90th
-- percentile (nearest rank). There are rows for each month, and rows with an empty month for each year.
-- `within_24h` counts the complaints for which the step came within a day. `met` counts those for which it
-- came before any deadline for this step was missed. Rows that are ranked together share one number, because
-- sorting by all their columns would take six times as long.
with spans as (
  select found_in, step, year, month, dense_rank() over (order by year, month, step) as span
  from (
    select distinct month as found_in, step, year, month from milestones
    union all select distinct month, step, year, null from milestones
  ) each_span
),
cells as (
  select team, facet, code, row_number() over (order by team, facet, code) * 1000000 as cell
  from (select distinct team, facet, code from facets) each_cell
),
told as (
  select c.cell + s.span as ranked_with, m.hours, m.met
  from milestones m
  join spans s on s.found_in = m.month and s.step = m.step
  join facets f on f.ref = m.ref
  join cells c on c.team = f.team and c.facet = f.facet and c.code = f.code
),
ranked as (
  select ranked_with, hours, met, row_number() over (partition by ranked_with order by hours) as place,
    count(*) over (partition by ranked_with) as n
  from told
),
found as (
  select ranked_with, max(n) as n, min(case when place >= 0.5 * n then hours end) as median_hours,
    min(case when place >= 0.9 * n then hours end) as p90_hours,
    sum(case when hours <= 24 then 1 else 0 end) as within_24h, sum(case when met then 1 else 0 end) as met
  from ranked
  group by ranked_with
)
select s.year, s.month, c.team, c.facet, c.code, s.step, t.n, t.median_hours, t.p90_hours, t.within_24h, t.met
from found t
join cells c on c.cell = t.ranked_with - t.ranked_with % 1000000
join (select distinct year, month, step, span from spans) s on s.span = t.ranked_with % 1000000
order by 1, 2, 3, 4, 5, 6
