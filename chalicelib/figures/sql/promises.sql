-- Promises whose last day is over, by what became of them (`ended`, see the view `fulfilled`).
select cast(date_trunc('month', p.by_day) as date) as month, f.team, f.facet, f.code, p.debtor, p.agreed,
  p.ended, count(*) as n
from fulfilled p join facets f on f.ref = p.ref
group by 1, f.team, f.facet, f.code, p.debtor, p.agreed, p.ended
order by 1, 2, 3, 4, 5, 6, 7
