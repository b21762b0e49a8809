-- Adds up: n, mended, complaints.
-- Promises whose last day is over, by what became of them (`ended`, see the view `fulfilled`). `mended`: how many
-- of them were broken and then performed. `complaints`: of how many complaints they are.
select cast(date_trunc('month', p.by_day) as date) as month, f.team, f.facet, f.code, p.debtor, p.agreed,
  p.ended, count(*) as n, sum(case when p.mended then 1 else 0 end) as mended,
  count(distinct p.ref) as complaints
from fulfilled p join facets f on f.ref = p.ref
group by 1, f.team, f.facet, f.code, p.debtor, p.agreed, p.ended
order by 1, 2, 3, 4, 5, 6, 7
