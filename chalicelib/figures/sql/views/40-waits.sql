-- How long each received complaint took until it was acknowledged, answered and closed, as far as is known at
-- the newest entry of all timelines. `ended`: `reached` if the step came; `other` if the complaint ended
-- without it, because it was withdrawn, joined to another one or closed; `open` if the step may still come.
-- A complaint that was withdrawn or joined never reaches `closed`. A complaint that was reopened reached it when
-- it was first closed, except if it had been withdrawn or joined then. `tenths`: the time from the receipt until
-- then, in tenths of an hour, rounded up; a time of more than three days is rounded up to a whole hour, so that
-- there are fewer different times. `in_3_days`: 1 if the step came by the end of the third working day
-- after the day of receipt, 0 if not, null before this day is over. `missed`: 1 if a deadline of the step was
-- missed before the step came.
with cases as (
  select c.ref, c.received_at, c.received_month as month, c.closed_at,
    coalesce(r.closed_at, case when c.outcome = 'withdrawn' then null else c.closed_at end) as finished_at,
    false as joined
  from complaints c
  left join (select ref, min(closed_at) as closed_at from reopenings where not undone group by ref) r
    on r.ref = c.ref
  union all
  select ref, received_at, received_month, coalesce(closed_at, recorded_at), null, true from joined
),
steps as (
  select c.ref, a.step, c.received_at, c.month, c.joined, a.taken_at as reached_at, c.closed_at
  from cases c
  join acted a on a.ref = c.ref
  union all
  select c.ref, s.step, c.received_at, c.month, c.joined, null, c.closed_at
  from cases c
  cross join (select 'acknowledged' as step union all select 'answered') s
  left join acted a on a.ref = c.ref and a.step = s.step
  where a.ref is null
  union all
  select ref, 'closed', received_at, month, joined, finished_at, closed_at from cases
),
known as (
  select s.*, q.newest, coalesce(s.reached_at, s.closed_at, q.newest) as until,
    date_diff('second', s.received_at, coalesce(s.reached_at, s.closed_at, q.newest)) as took
  from steps s cross join (select taken_at as newest from last_entry) q
)
select k.ref, k.step, k.month, k.joined, k.reached_at,
  case
    when k.reached_at is not null then 'reached' when k.closed_at is not null then 'other' else 'open'
  end as ended,
  cast(case
    when k.took <= 259200 then ceil(cast(greatest(k.took, 0) as double) / 360)
    else 10 * ceil(cast(k.took as double) / 3600)
  end as bigint) as tenths,
  case when n.worked - r.worked >= 3 then
    case when k.reached_at is not null and u.worked - r.worked < 3 then 1 else 0 end
  end as in_3_days,
  case when late.taken_at is not null and (k.reached_at is null or late.taken_at <= k.reached_at)
    then 1 else 0
  end as missed
from known k
-- the working days before the day of the step, and before the newest day
left join working_days r on r.day = cast(k.received_at + interval '8' hour as date)
left join working_days u on u.day = cast(k.until - interval '16' hour as date)
left join working_days n on n.day = cast(k.newest - interval '16' hour as date)
left join missed late on late.ref = k.ref and late.deadline = case k.step
  when 'acknowledged' then 'acknowledgement'
  when 'answered' then 'investigation'
end
