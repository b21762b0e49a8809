-- Combines newest: trend_cases.
-- What happened to complaints in each of the newest 13 weeks (from Monday) and 13 months (China), and the
-- complaints that were open at the end of each, by age. They count with the team that has them now, and with
-- all teams (empty team). `late` is part of the number before it: acknowledged after more than 24 hours, or
-- answered after the deadline was missed. Each number has a row for each of its newest 20 complaints, the newest
-- first.
with recent as (
  select t.*
  from trend_cases t cross join last_entry q
  where t.begun >= case
      when t.span = 'week' then date_trunc('week', q.day - interval '90' day)
      else date_trunc('month', q.day - interval '395' day)
    end
),
ranked as (
  select span, begun, team, what, ref, sum(n) over (partition by span, begun, team, what) as n,
    row_number() over (partition by span, begun, team, what order by moment desc, ref desc) as place
  from recent
)
select span, begun, team, what, n, ref
from ranked
where place <= 20
order by 1, 2, 3, 4, place
