-- Adds up: n, main.
-- How often each root cause was found, by month. `main` counts the complaints of which it is the main cause.
select cast(date_trunc('month', k.found_at + interval '8' hour) as date) as month, f.team, f.facet, f.code,
  k.code as cause, count(*) as n, sum(case when k.rank = 1 then 1 else 0 end) as main
from causes k join facets f on f.ref = k.ref
group by 1, f.team, f.facet, f.code, k.code
order by 1, 2, 3, 4, 5
