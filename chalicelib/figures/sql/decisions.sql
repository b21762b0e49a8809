-- Adds up: n, matters, overturned, changed.
-- Decisions of reconsiderations: `n` of them, with how many matters, and how many of these were decided
-- otherwise than before. `changed`: in how many complaints.
select m.local_month as month, f.team, f.facet, f.code, count(*) as n, sum(m.decided) as matters,
  sum(m.overturned) as overturned, count(distinct case when m.overturned > 0 then m.ref end) as changed
from moves m join facets f on f.ref = m.ref
where m.move = 'decide_reconsideration'
group by m.local_month, f.team, f.facet, f.code
order by 1, 2, 3, 4
