-- when each complaint was decided on, answered and closed for the first time, and how many hours after it
-- had been received
select c.ref, m.step, min(m.taken_at) as taken_at,
  date_diff('second', min(c.received_at), min(m.taken_at)) / 3600.0 as hours,
  cast(date_trunc('month', min(m.taken_at) + interval '8' hour) as date) as month
from complaints c
join (
  select ref, taken_at, case
    when move in ('accept', 'decline', 'ask_information') then 'acknowledged'
    when move in ('answer', 'settle_at_once') then 'answered'
  end as step
  from moves
  where move in ('accept', 'decline', 'ask_information', 'answer', 'settle_at_once')
  union all
  select ref, taken_at, 'acknowledged' from moves where move = 'settle_at_once'
  union all
  select ref, closed_at, 'closed' from complaints where closed_at is not null
) m on m.ref = c.ref
group by c.ref, m.step
