-- The entry with which each complaint was first acknowledged, and the entry with which it was first answered.
select ref, step, min(n) as n, min(taken_at) as taken_at
from (
  select ref, n, taken_at, 'acknowledged' as step from moves
  where move in ('accept', 'decline', 'ask_information', 'settle_at_once')
  union all
  select ref, n, taken_at, 'answered' from moves where move in ('answer', 'settle_at_once')
) steps
group by ref, step
