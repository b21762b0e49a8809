-- Adds up: n.
-- The complaints that were open at the end of each month (China), by their age then. The month that is not over
-- counts up to the end of its newest day.
with ends as (
  select cast(date_trunc('month', d.day) as date) as month,
    cast(max(d.day) as timestamp) + interval '16' hour as ended
  from working_days d
  cross join (select min(received_month) as begun from complaints) b
  cross join (select day as newest from last_entry) q
  where d.day >= b.begun and d.day <= q.newest
  group by 1
),
open_cases as (
  select c.ref, e.month, case
      when c.received_at >= e.ended - interval '72' hour then 'up_to_3_days'
      when c.received_at >= e.ended - interval '672' hour then 'up_to_4_weeks'
      when c.received_at >= e.ended - interval '1344' hour then 'up_to_8_weeks'
      else 'older'
    end as age
  from complaints c
  join ends e on c.received_at < e.ended and (c.closed_at is null or c.closed_at >= e.ended)
  left join reopenings r on r.ref = c.ref and r.closed_at < e.ended and r.reopened_at >= e.ended
  where r.ref is null
)
select o.month, f.team, f.facet, f.code, o.age, count(*) as n
from open_cases o join facets f on f.ref = o.ref
group by o.month, f.team, f.facet, f.code, o.age
order by 1, 2, 3, 4, 5
