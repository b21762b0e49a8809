-- Adds up: n.
-- Closed complaints by outcome.
select c.closed_month as month, f.team, f.facet, f.code, c.outcome, count(*) as n
from complaints c join facets f on f.ref = c.ref
where c.closed_month is not null
group by c.closed_month, f.team, f.facet, f.code, c.outcome
order by 1, 2, 3, 4, 5
