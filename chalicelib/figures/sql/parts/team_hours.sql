-- How many hours each team (empty owner) and each person had a complaint until a step, by month of the step.
-- `day` is the day of a step of the newest 90 days. Months of more than a year ago are left out.
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
)
select extract(year from h.day) as year, cast(date_trunc('month', h.day) as date) as month,
  case when h.day > q.day - interval '90' day then h.day end as day, h.team, h.owner, h.step, h.hours,
  count(*) as n
from had h cross join last_entry q
where h.day >= date_trunc('month', q.day) - interval '12' month
group by 1, 2, 3, h.team, h.owner, h.step, h.hours
