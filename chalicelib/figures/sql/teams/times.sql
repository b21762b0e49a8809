-- How many hours each team (empty owner) and each person had the complaints until these were acknowledged and
-- answered: median and 90th percentile (nearest rank). Only the time counts in which they had the complaint.
-- So a complaint that moved counts with each of them. There are rows for each month (China) of the step, and
-- rows with an empty month for the newest 90 days.
with had as (
  select s.ref, s.step, s.day, t.team, t.owner,
    cast(sum(date_diff(
      'second', case when t.kind = 'team' and t.term = 1 then s.received_at else t.since end,
      case when t.until < s.taken_at then t.until else s.taken_at end
    )) as double) / 3600 as hours
  from (
    select m.ref, m.step, m.n, m.taken_at, c.received_at, cast(m.taken_at + interval '8' hour as date) as day
    from acted m join complaints c on c.ref = m.ref
  ) s
  join terms t on t.ref = s.ref and t.n < s.n
  group by s.ref, s.step, s.day, t.team, t.owner
),
spans as (
  select cast(date_trunc('month', day) as date) as month, step, team, owner, hours from had
  union all
  select null, h.step, h.team, h.owner, h.hours
  from had h cross join (select max(local_day) as newest from moves) q
  where h.day > q.newest - interval '90' day
),
ranked as (
  select *, row_number() over (partition by month, step, team, owner order by hours) as place,
    count(*) over (partition by month, step, team, owner) as n
  from spans
)
select month, team, owner, step, max(n) as n,
  min(case when place >= 0.5 * n then hours end) as median_hours,
  min(case when place >= 0.9 * n then hours end) as p90_hours
from ranked
group by month, team, owner, step
order by 1, 2, 3, 4
