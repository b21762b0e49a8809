-- Opinions of sampled people on the process, by the quarter in which they were given. For each question: the
-- number of answers, their mean, the margin (half the 95 % confidence interval), and how often each score was
-- given.
select cast(date_trunc('quarter', o.local_day) as date) as quarter, o.question, count(*) as n,
  avg(o.score) as mean, 1.96 * coalesce(stddev_samp(o.score), 0) / sqrt(count(*)) as margin,
  sum(case when o.score = 1 then 1 else 0 end) as one,
  sum(case when o.score = 2 then 1 else 0 end) as two,
  sum(case when o.score = 3 then 1 else 0 end) as three,
  sum(case when o.score = 4 then 1 else 0 end) as four,
  sum(case when o.score = 5 then 1 else 0 end) as five
from (
  select local_day, 'findable' as question, findable as score from moves where findable is not null
  union all select local_day, 'predictable', predictable from moves where predictable is not null
  union all select local_day, 'listened', listened from moves where listened is not null
  union all select local_day, 'alternatives', alternatives from moves where alternatives is not null
  union all select local_day, 'trusting', trusting from moves where trusting is not null
) o
group by cast(date_trunc('quarter', o.local_day) as date), o.question
order by 1, 2
