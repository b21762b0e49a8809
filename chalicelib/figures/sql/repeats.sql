-- Combines each year: arrivals.
-- Complaints of a consumer who had complained in the ninety days before about the same company and the same type
-- of problem, by month of receipt. Companies that the policy does not list count as one. Two complaints of one
-- moment are parts of one, and do not repeat each other.
with each as (
  select year, ref, received_at,
    lag(received_at) over (partition by year, repeats order by received_at, ref) as before
  from arrivals
),
again as (
  select a.month, a.cells
  from each e join arrivals a on a.ref = e.ref and a.year = e.year
  where extract(year from a.month) = e.year
    and e.before < e.received_at and e.before >= e.received_at - interval '90' day
)
select a.month, split_part(k.cell, '|', 1) as team, split_part(k.cell, '|', 2) as facet,
  split_part(k.cell, '|', 3) as code, count(*) as n
from again a cross join unnest(a.cells) as k(cell)
group by a.month, 2, 3, 4
order by 1, 2, 3, 4
