-- The complaints whose figures stay the same however much time passes, until they get another entry: closed,
-- with no promise whose last day is to come, and received so long ago that all working days that the times
-- count are over.
select c.ref
from (
  select ref, received_at, closed_at from complaints
  union all
  select ref, received_at, coalesce(closed_at, recorded_at) from joined
) c
cross join last_entry q
left join (select ref, max(by_day) as by_day from promises group by ref) p on p.ref = c.ref
where cast(c.closed_at + interval '8' hour as date) <= q.day
  and cast(c.received_at + interval '8' hour as date) < q.day - interval '30' day
  and (p.by_day is null or p.by_day < q.day)
