-- Adds up: n.
-- What answers say of complaints as a whole, by the month of the answer. A complaint counts once: in the month of
-- its newest answer, and with what was concluded last, in this answer or by a reconsideration after it. It does
-- not count while it is investigated again.
with answers as (
  select ref, local_month, move, conclusion,
    row_number() over (partition by ref order by n desc) as place,
    max(case when move <> 'decide_reconsideration' then local_month end) over (partition by ref) as month
  from moves
  where move in ('answer', 'settle_at_once', 'decide_reconsideration')
)
select a.month, f.team, f.facet, f.code, a.conclusion, count(*) as n
from answers a join facets f on f.ref = a.ref
where a.place = 1 and a.month is not null and a.conclusion is not null
group by a.month, f.team, f.facet, f.code, a.conclusion
order by 1, 2, 3, 4, 5
