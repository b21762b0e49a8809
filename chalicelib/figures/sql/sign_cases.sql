-- the complaints of the last seven days (China) by kind, the newest first
select f.facet, f.code, c.ref, c.received_at as since
from complaints c join facets f on f.ref = c.ref
where f.team = '' and f.facet in ('type', 'class', 'right', 'team')
  and cast(c.received_at + interval '8' hour as date) >= (select max(local_day) from moves) - interval '7' day
union all
select 'sub_type', type || '/' || sub_type, ref, received_at
from complaints
where cast(received_at + interval '8' hour as date) >= (select max(local_day) from moves) - interval '7' day
union all
select 'cause', k.code, k.ref, k.found_at
from causes k join complaints c on c.ref = k.ref
where k.rank = 1
  and cast(k.found_at + interval '8' hour as date) >= (select max(local_day) from moves) - interval '7' day
order by 1, 2, 4 desc
