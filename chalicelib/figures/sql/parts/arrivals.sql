-- Complaints by consumer, company and type of problem (`repeats`), with their breakdowns (`cells`: team, facet and
-- code, joined by a vertical line).
select c.ref, c.repeats, c.received_at, c.received_month as month,
  array_agg(f.team || '|' || f.facet || '|' || coalesce(f.code, '')) as cells
from complaints c join facets f on f.ref = c.ref
where c.repeats is not null
group by c.ref, c.repeats, c.received_at, c.received_month
