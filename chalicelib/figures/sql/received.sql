-- Adds up: n.
-- Complaints by month of receipt.
select c.received_month as month, f.team, f.facet, f.code, count(*) as n
from complaints c join facets f on f.ref = c.ref
group by c.received_month, f.team, f.facet, f.code
order by 1, 2, 3, 4
