-- Adds up: n.
-- How often each event of the view `happened` occurred, with its code (`detail`).
select h.month, f.team, f.facet, f.code, h.what, h.detail, count(*) as n
from happened h join facets f on f.ref = h.ref
group by h.month, f.team, f.facet, f.code, h.what, h.detail
order by 1, 2, 3, 4, 5, 6
