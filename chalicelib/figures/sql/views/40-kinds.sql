-- Each complaint with every kind that early signs watch, since when it counts, and when it was recorded. It
-- counts since its receipt, or since its root cause was found. An empty code counts in its facet only.
select c.ref, f.facet, f.code, c.received_at as since, c.recorded_at as recorded
from complaints c join facets f on f.ref = c.ref
where f.team = '' and f.facet in ('type', 'right', 'team')
union all select ref, 'sub_type', type || '/' || sub_type, received_at, recorded_at from complaints
union all select ref, 'class', coalesce(class, ''), received_at, recorded_at from complaints
union all select ref, 'company', coalesce(company, ''), received_at, recorded_at from complaints
union all select ref, 'region', coalesce(region, ''), received_at, recorded_at from complaints
union all
select k.ref, 'cause', k.code, k.found_at, k.found_at
from causes k join complaints c on c.ref = k.ref
where k.rank = 1
