-- how often decisions were looked at anew, and how many of the matters were decided otherwise
select m.local_month as month, f.team, f.facet, f.code, count(*) as n, sum(m.decided) as matters,
  sum(m.overturned) as overturned
from moves m join facets f on f.ref = m.ref
where m.move = 'decide_reconsideration'
group by m.local_month, f.team, f.facet, f.code
order by 1, 2, 3, 4
