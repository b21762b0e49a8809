-- When each complaint was first acknowledged, answered and closed, and how many hours after its receipt.
-- `met`: until then the complaint had missed no deadline for this step.
select c.ref, m.step, min(m.taken_at) as taken_at,
  date_diff('second', min(c.received_at), min(m.taken_at)) / 3600.0 as hours,
  cast(date_trunc('month', min(m.taken_at) + interval '8' hour) as date) as month,
  extract(year from min(m.taken_at) + interval '8' hour) as year,
  coalesce(min(late.taken_at) > min(m.taken_at), true) as met
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
left join missed late on late.ref = c.ref and late.deadline = case m.step
  when 'acknowledged' then 'acknowledgement'
  when 'answered' then 'investigation'
end
group by c.ref, m.step
