-- Complaints of a consumer who had complained in the ninety days before about the same company and the same type
-- of problem, by month of receipt. Companies that the policy does not list count as one. Two complaints of one
-- moment are parts of one, and do not repeat each other.
with each as (
  select ref, received_month, received_at,
    lag(received_at) over (partition by repeats order by received_at, ref) as before
  from complaints where repeats is not null
)
select e.received_month as month, f.team, f.facet, f.code, count(*) as n
from each e join facets f on f.ref = e.ref
where e.before < e.received_at and e.before >= e.received_at - interval '90' day
group by e.received_month, f.team, f.facet, f.code
order by 1, 2, 3, 4
