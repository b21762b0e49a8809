-- Adds up: n.
-- How many complaints missed each deadline, by the month in which that was first noticed.
select cast(date_trunc('month', m.taken_at + interval '8' hour) as date) as month, f.team, f.facet, f.code,
  m.deadline, count(*) as n
from missed m join facets f on f.ref = m.ref
group by 1, f.team, f.facet, f.code, m.deadline
order by 1, 2, 3, 4, 5
