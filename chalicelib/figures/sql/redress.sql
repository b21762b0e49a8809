-- Combines each year: flows.
-- Money that the company promised to consumers (`promised`) and paid to them (`paid`), in fen, with goodwill, and
-- the goodwill in it. A promise counts in the month (China) in which it was made, a payment in the month of its
-- day. An offer counts once it is accepted; a promise that another one replaced does not count. There are rows
-- for each month, quarter and year (`span`); `month` is its first month. `people`: the distinct people with an
-- amount. `total`: the sum. `largest`: the largest sum of one person. The other columns say the same of goodwill.
-- In older rows of the export each complaint stands for a person.
-- Most people have one amount. They are counted by month first, and only amounts of one person in one span are
-- added up by person. `cell`: team, facet and code, joined by a vertical line.
with counted as (
  select *, count(*) over (partition by what, person) as often from flows
),
spans as (
  select what, found_in, span, month, dense_rank() over (order by what, span, month) as place
  from (
    select what, month as found_in, 'month' as span, month from flows group by what, month
    union all
    select what, month, 'quarter', cast(date_trunc('quarter', month) as date) from flows group by what, month
    union all
    select what, month, 'year', cast(date_trunc('year', month) as date) from flows group by what, month
  ) each_span
),
alone as (
  select c.what, c.month, k.cell, count(*) as people, sum(c.amount) as total, max(c.amount) as largest,
    sum(case when c.goodwill > 0 then 1 else 0 end) as goodwill_people, sum(c.goodwill) as goodwill_total,
    max(c.goodwill) as goodwill_largest
  from counted c cross join unnest(c.cells) as k(cell)
  where c.often = 1
  group by c.what, c.month, k.cell
),
others as (
  select c.cells, c.person, c.amount, c.goodwill, s.place, count(*) over (partition by s.place, c.person) as often
  from counted c join spans s on s.what = c.what and s.found_in = c.month
  where c.often > 1
),
each_person as (
  select o.place, k.cell, o.amount, o.goodwill from others o cross join unnest(o.cells) as k(cell) where o.often = 1
  union all
  select o.place, k.cell, sum(o.amount), sum(o.goodwill) from others o cross join unnest(o.cells) as k(cell)
  where o.often > 1
  group by o.place, k.cell, o.person
),
parts as (
  select s.place, a.cell, a.people, a.total, a.largest, a.goodwill_people, a.goodwill_total, a.goodwill_largest
  from alone a join spans s on s.what = a.what and s.found_in = a.month
  union all
  select place, cell, count(*), sum(amount), max(amount), sum(case when goodwill > 0 then 1 else 0 end),
    sum(goodwill), max(goodwill)
  from each_person
  group by place, cell
),
sums as (
  select place, cell, sum(people) as people, sum(total) as total, max(largest) as largest,
    sum(goodwill_people) as goodwill_people, sum(goodwill_total) as goodwill_total,
    max(goodwill_largest) as goodwill_largest
  from parts
  group by place, cell
)
select p.what, p.span, p.month, split_part(s.cell, '|', 1) as team, split_part(s.cell, '|', 2) as facet,
  split_part(s.cell, '|', 3) as code, s.people, s.total, s.largest, s.goodwill_people, s.goodwill_total,
  s.goodwill_largest
from sums s
join (select distinct place, what, span, month from spans) p on p.place = s.place
order by 1, 2, 3, 4, 5, 6
