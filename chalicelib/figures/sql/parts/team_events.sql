-- What happened to the complaints of each team (empty owner) and of each person, by month (China). `day` is
-- the day of an event of the newest 90 days. The statement `teams/counts` says what each event means.
with happened as (
  select t.ref, t.team, t.owner, 'received' as what,
    cast(case when t.kind = 'team' then c.received_at else t.since end + interval '8' hour as date) as day
  from terms t join complaints c on c.ref = t.ref
  where t.term = 1
  union all
  select ref, team, owner, 'handed_in', cast(since + interval '8' hour as date) from terms where term > 1
  union all
  select ref, team, owner, 'handed_out', cast(until + interval '8' hour as date)
  from terms where until is not null
  union all
  select t.ref, t.team, t.owner, 'closed', cast(c.closed_at + interval '8' hour as date)
  from complaints c
  join terms t on t.ref = c.ref
    and (t.since < c.closed_at or (t.kind = 'team' and t.term = 1))
    and (t.until is null or t.until >= c.closed_at)
  where c.closed_at is not null
  union all
  select t.ref, t.team, t.owner, 'missed', cast(m.taken_at + interval '8' hour as date)
  from missed m
  join terms t on t.ref = m.ref and t.n < m.n and (t.until_n is null or t.until_n >= m.n)
  union all
  select t.ref, t.team, t.owner, p.what, p.by_day
  from (
    select f.ref, f.by_day, cast(f.by_day as timestamp) + interval '16' hour as ended_at,
      case when w.what = 'due' then 'due' when f.ended = 'kept' then 'kept' else 'late' end as what
    from fulfilled f cross join (select 'due' as what union all select 'done') w
    where f.debtor = 'business' and f.ended != 'given_up'
  ) p
  join terms t on t.ref = p.ref
    and (t.since < p.ended_at or (t.kind = 'team' and t.term = 1))
    and (t.until is null or t.until >= p.ended_at)
)
select cast(date_trunc('month', h.day) as date) as month,
  case when h.day > q.day - interval '90' day then h.day end as day, h.team, h.owner, h.what, count(*) as n
from happened h cross join last_entry q
group by 1, 2, h.team, h.owner, h.what
