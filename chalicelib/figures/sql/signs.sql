-- by day (China) and kind, how many came in, and how often each cause was found
select cast(c.received_at + interval '8' hour as date) as day, f.facet, f.code, count(*) as n
from complaints c join facets f on f.ref = c.ref
where f.team = '' and f.facet in ('type', 'class', 'right', 'team')
group by 1, f.facet, f.code
union all
select cast(received_at + interval '8' hour as date), 'sub_type', type || '/' || sub_type, count(*)
from complaints
group by 1, 3
union all
select cast(k.found_at + interval '8' hour as date), 'cause', k.code, count(*)
from causes k join complaints c on c.ref = k.ref
where k.rank = 1
group by 1, k.code
order by 1, 2, 3
