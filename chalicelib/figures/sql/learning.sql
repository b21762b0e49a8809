-- Combines: learning.
-- How often improvement actions were opened, done and verified, and how often trainings were recorded: for
-- the whole company (empty team), and for each team. The verdict of each verification is counted too. A
-- verdict that the clock gave by itself counts only if it reopened the action (`rose`).
with told as (
  select local_month as month, team, case
      when move = 'open_action' then 'actions_opened'
      when move = 'finish_action' then 'actions_done'
      when move = 'verify_action' then 'actions_verified'
      when move = 'record_training' then 'trainings'
    end as what
  from learning
  union all
  select local_month, team, verdict from learning where move = 'verify_action' or verdict = 'rose'
),
whose as (
  select month, team, what from told where what is not null
  union all
  select month, '', what from told where what is not null
)
select month, team, 'all' as facet, 'all' as code, what, count(*) as n
from whose
group by month, team, what
order by 1, 2, 5
