-- The complaints closed in the quarter (China) before the current one, with the first day of the current one.
-- There are none after the first ten days of a quarter.
select c.ref, q.begun
from complaints c
cross join (
  select max(local_day) as newest, cast(date_trunc('quarter', max(local_day)) as date) as begun from moves
) q
where cast(date_trunc('quarter', c.closed_at + interval '8' hour) as date)
    = cast(date_trunc('quarter', q.begun - interval '1' day) as date)
  and q.newest < q.begun + interval '10' day
  and c.may_be_asked
order by 1
