-- The last part of the process that each complaint has reached.
select ref, case
    when max(case when move = 'find_breach' then 1 else 0 end) = 1 then 'breached'
    when max(case when move = 'accept_appointment' then 1 else 0 end) = 1 then 'mediating'
    when max(case when move in ('raise_dispute', 'identify_dispute') then 1 else 0 end) = 1 then 'negotiating'
    when max(case when move = 'ask_reconsideration' then 1 else 0 end) = 1 then 'under_reconsideration'
    when max(case when move in ('answer', 'settle_at_once') then 1 else 0 end) = 1 then 'answered'
    when max(case when move = 'decline' then 1 else 0 end) = 1 then 'declined'
    else 'received'
  end as stage
from moves
group by ref
