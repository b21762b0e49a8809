-- Each complaint with every kind that early signs watch, and since when it counts: since its receipt, or
-- since its root cause was found.
select f.ref, f.facet, f.code, c.received_at as since
from complaints c join facets f on f.ref = c.ref
where f.team = '' and f.facet in ('type', 'class', 'right', 'team')
union all select ref, 'sub_type', type || '/' || sub_type, received_at from complaints
union all select ref, 'company', company, received_at from complaints where company is not null
union all select ref, 'region', region, received_at from complaints where region is not null
union all
select k.ref, 'cause', k.code, k.found_at
from causes k join complaints c on c.ref = k.ref
where k.rank = 1
