-- What happened to complaints in each of the newest 13 weeks (from Monday) and 13 months (China), and the
-- complaints that were open at the end of each, by age. The statement `teams/trend` says what each number
-- means. There is a row for each of the newest 20 complaints of a number; the first of them has the number.
with spans as (
  select distinct 'week' as span, cast(date_trunc('week', d.day) as date) as begun,
    cast(
      least(date_trunc('week', d.day) + interval '7' day, q.day + interval '1' day) as date
    ) as ended
  from working_days d cross join last_entry q
  where d.day > q.day - interval '91' day and d.day <= q.day
  union all
  select distinct 'month', cast(date_trunc('month', d.day) as date),
    cast(least(date_trunc('month', d.day) + interval '1' month, q.day + interval '1' day) as date)
  from working_days d cross join last_entry q
  where d.day > q.day - interval '396' day and d.day <= q.day
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
ranked as (
  select *, row_number() over (partition by span, begun, team, what order by moment desc, ref desc) as place,
    count(*) over (partition by span, begun, team, what) as whole
  from of_teams
)
select extract(year from begun) as year, span, begun, team, what, ref, moment,
  case when place = 1 then whole else 0 end as n
from ranked
where place <= 20
