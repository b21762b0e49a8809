-- Combines newest: team_hours.
-- How many hours each team (empty owner) and each person had the complaints until these were acknowledged and
-- answered: median and 90th percentile (nearest rank). Only the time counts in which they had the complaint.
-- So a complaint that moved counts with each of them. There are rows for each of the newest
-- 13 months (China) of the step, and rows with an empty month for the newest 90 days.
with spans as (
  select h.month, h.team, h.owner, h.step, h.hours, h.n
  from team_hours h cross join last_entry q
  where h.month >= date_trunc('month', q.day) - interval '12' month
  union all
  select null, h.team, h.owner, h.step, h.hours, h.n
  from team_hours h cross join last_entry q
  where h.day > q.day - interval '90' day
),
ranked as (
  select month, team, owner, step, hours, n,
    sum(n) over (partition by month, step, team, owner order by hours) as place,
    sum(n) over (partition by month, step, team, owner) as steps
  from (
    select month, team, owner, step, hours, sum(n) as n from spans group by month, team, owner, step, hours
  ) each_length
)
select month, team, owner, step, max(steps) as n,
  min(case when place >= 0.5 * steps then hours end) as median_hours,
  min(case when place >= 0.9 * steps then hours end) as p90_hours
from ranked
group by month, team, owner, step
order by 1, 2, 3, 4
