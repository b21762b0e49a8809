-- What happened to complaints in each of the newest 13 weeks (from Monday) and 13 months (China), and the
-- complaints that were open at the end of each, by age. They count with the team that has them now, and with
-- all teams (empty team). `late` is part of the number before it: acknowledged after more than 24 hours, or
-- answered after the deadline was missed. Each number has a row for each of its newest 20 complaints, the newest
-- first.
with newest_day as (select max(local_day) as newest from moves),
spans as (
  select distinct 'week' as span, cast(date_trunc('week', m.local_day) as date) as begun,
    cast(
      least(date_trunc('week', m.local_day) + interval '7' day, q.newest + interval '1' day) as date
    ) as ended
  from moves m cross join newest_day q
  where m.local_day > q.newest - interval '91' day
  union all
  select distinct 'month', m.local_month,
    cast(least(m.local_month + interval '1' month, q.newest + interval '1' day) as date)
  from moves m cross join newest_day q
  where m.local_day > q.newest - interval '396' day
),
happened as (
  select ref, 'received' as what, received_at as moment from complaints
  union all select ref, 'closed', closed_at from complaints where closed_at is not null
  union all select ref, step, reached_at from waits
  where step in ('acknowledged', 'answered') and ended = 'reached' and not joined
  union all select ref, 'acknowledged_late', reached_at from waits
  where step = 'acknowledged' and tenths > 240 and ended = 'reached' and not joined
  union all select ref, 'answered_late', reached_at from waits
  where step = 'answered' and missed = 1 and ended = 'reached' and not joined
),
ends as (
  select span, begun, cast(ended as timestamp) - interval '8' hour as ended_at from spans
),
counted as (
  select s.span, s.begun, h.what, h.ref, h.moment
  from happened h join spans s
    on cast(h.moment + interval '8' hour as date) >= s.begun and cast(h.moment + interval '8' hour as date) < s.ended
  union all
  select e.span, e.begun, case
      when c.received_at >= e.ended_at - interval '7' day then 'open_7'
      when c.received_at >= e.ended_at - interval '30' day then 'open_30'
      when c.received_at >= e.ended_at - interval '60' day then 'open_60'
      else 'open_older'
    end, c.ref, c.received_at
  from complaints c join ends e
    on c.received_at < e.ended_at and (c.closed_at is null or c.closed_at >= e.ended_at)
  left join reopenings r on r.ref = c.ref and r.closed_at < e.ended_at and r.reopened_at >= e.ended_at
  where r.ref is null
),
of_teams as (
  select k.*, '' as team from counted k
  union all select k.*, c.team from counted k join complaints c on c.ref = k.ref
),
numbers as (
  select span, begun, team, what, count(*) as n from of_teams group by span, begun, team, what
),
ranked as (
  select span, begun, team, what, ref,
    row_number() over (partition by span, begun, team, what order by moment desc, ref desc) as place
  from of_teams
)
select n.span, n.begun, n.team, n.what, n.n, r.ref
from numbers n
join ranked r on r.span = n.span and r.begun = n.begun and r.team = n.team and r.what = n.what
where r.place <= 20
order by 1, 2, 3, 4, r.place
