-- Adds up: asked, answered.
-- How many complaints were sampled for opinions on the process in a quarter, and for how many of these
-- somebody has answered.
select cast(date_trunc('quarter', a.local_day) as date) as quarter,
  count(*) as asked, count(g.ref) as answered
from moves a
left join (select distinct ref from moves where move = 'give_opinion') g on g.ref = a.ref
where a.move = 'ask_opinion'
group by cast(date_trunc('quarter', a.local_day) as date)
order by 1
