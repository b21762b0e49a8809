-- How many complaints had waited how long (`tenths`) for each step when it came or when they ended or were
-- seen last, by month of receipt. The statement `times` says what the columns mean. Rows of a cohort share one
-- number, because grouping by all columns would take six times as long.
with spans_of as (
  select month, step, row_number() over (order by month, step) as span
  from (select distinct month, step from waits) each_span
),
every_facet as (
  select ref, team, facet, code from facets
  union all
  select ref, team, facet, code from joined_facets
),
cells as (
  select team, facet, code, row_number() over (order by team, facet, code) * 1000000 as cell
  from (select distinct team, facet, code from every_facet) each_cell
),
counted as (
  select c.cell + s.span as cohort, m.tenths, count(*) as here,
    sum(case when m.ended = 'reached' then 1 else 0 end) as reached,
    sum(case when m.ended = 'open' then 1 else 0 end) as open,
    sum(case when m.ended = 'reached' then 1 - m.missed else 0 end) as met, sum(m.missed) as missed,
    sum(m.in_3_days) as in_3_days, count(m.in_3_days) as after_3_days
  from waits m
  join spans_of s on s.month = m.month and s.step = m.step
  join every_facet f on f.ref = m.ref
  join cells c on c.team = f.team and c.facet = f.facet and c.code = f.code
  group by 1, m.tenths
)
select extract(year from s.month) as year, s.month, s.step, c.team, c.facet, c.code, t.tenths, t.here,
  t.reached, t.open, t.met, t.missed, t.in_3_days, t.after_3_days
from counted t
join cells c on c.cell = t.cohort - t.cohort % 1000000
join spans_of s on s.span = t.cohort % 1000000
