-- Combines: learning.
-- Each improvement action whose cause is known, and the day (China) on which it was done last.
select ref, max(cause) as cause,
  cast(max(case when move = 'finish_action' then taken_at end) + interval '8' hour as date) as done
from learning
group by ref
having max(cause) is not null and max(case when move = 'finish_action' then 1 else 0 end) = 1
order by ref
