-- Opinions of sampled people on the process, by the quarter in which they were given. For each question: the
-- number of answers and of distinct people, their mean, and how often each score was given. In older rows of
-- the export each complaint stands for a person.
with said as (select m.*, coalesce(m.person, m.ref) as who from moves m)
select cast(date_trunc('quarter', o.local_day) as date) as quarter, o.question, count(*) as n,
  count(distinct o.person) as people, avg(o.score) as mean,
  sum(case when o.score = 1 then 1 else 0 end) as one,
  sum(case when o.score = 2 then 1 else 0 end) as two,
  sum(case when o.score = 3 then 1 else 0 end) as three,
  sum(case when o.score = 4 then 1 else 0 end) as four,
  sum(case when o.score = 5 then 1 else 0 end) as five
from (
  select local_day, who as person, 'findable' as question, findable as score
  from said where findable is not null
  union all select local_day, who, 'predictable', predictable from said where predictable is not null
  union all select local_day, who, 'listened', listened from said where listened is not null
  union all select local_day, who, 'alternatives', alternatives from said where alternatives is not null
  union all select local_day, who, 'trusting', trusting from said where trusting is not null
) o
group by cast(date_trunc('quarter', o.local_day) as date), o.question
order by 1, 2
