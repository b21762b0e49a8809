-- Adds up: n.
-- How many complaints had each root cause, by scope and day of receipt (China), if the cause was found within
-- 28 days of receipt. A complaint counts once for each of its causes, and once for the empty cause.
with early as (
  select c.ref, cast(c.received_at + interval '8' hour as date) as day, k.code as cause
  from complaints c join causes k on k.ref = c.ref
  where k.found_at < c.received_at + interval '28' day
),
each as (
  select ref, day, cause from early
  union all
  select distinct ref, day, '' from early
),
scopes as (
  select ref, 'all' as kind, '' as code from complaints
  union all select ref, 'team', team from complaints
  union all select ref, 'class', class from complaints where class is not null
  union all select ref, 'company', company from complaints where company is not null
  union all select ref, 'region', region from complaints where region is not null
)
select s.kind, s.code, e.cause, e.day, count(*) as n
from each e join scopes s on s.ref = e.ref
group by s.kind, s.code, e.cause, e.day
order by s.kind, s.code, e.cause, e.day
