-- Money that the company promised to consumers (`promised`) and paid to them (`paid`), in fen, with goodwill, and
-- the goodwill in it. A promise counts in the month (China) in which it was made, a payment in the month of its
-- day. An offer counts once it is accepted; a promise that another one replaced does not count. There are rows
-- for each month, quarter and year (`span`); `month` is its first month. `people`: the distinct people, by
-- amount above zero. `total`: the sum. `largest`: the largest sum of one person. In older rows of the export each
-- complaint stands for a person. Only people with several amounts are added up first, because most have one.
with owed as (
  select ref, coalesce(person, ref) as person, amount, case when kind = 'goodwill' then amount else 0 end as goodwill,
    cast(date_trunc('month', coalesce(promised_at, state_at) + interval '8' hour) as date) as promised_in,
    case when state in ('confirmed', 'accepted', 'cured') then
      cast(date_trunc('month', coalesce(done_on, cast(state_at + interval '8' hour as date))) as date)
    end as paid_in, state
  from promises
  where debtor = 'business' and amount > 0 and not coalesce(offered, false)
),
flows as (
  select ref, person, amount, goodwill, 'promised' as what, promised_in as month from owed where state <> 'replaced'
  union all
  select ref, person, amount, goodwill, 'paid', paid_in from owed where paid_in is not null
),
counted as (
  select ref, person, amount, goodwill, what, month, count(*) over (partition by what, person) as often from flows
),
spans as (
  select month as found_in, 'month' as span, month from flows group by month
  union all
  select month, 'quarter', cast(date_trunc('quarter', month) as date) from flows group by month
  union all
  select month, 'year', cast(date_trunc('year', month) as date) from flows group by month
),
sums as (
  select c.what, s.span, s.month, f.team, f.facet, f.code, c.amount, c.goodwill
  from counted c join spans s on s.found_in = c.month join facets f on f.ref = c.ref
  where c.often = 1
  union all
  select c.what, s.span, s.month, f.team, f.facet, f.code, sum(c.amount), sum(c.goodwill)
  from counted c join spans s on s.found_in = c.month join facets f on f.ref = c.ref
  where c.often > 1
  group by c.what, s.span, s.month, f.team, f.facet, f.code, c.person
)
select what, span, month, team, facet, code,
  count(*) as people, sum(amount) as total, max(amount) as largest,
  sum(case when goodwill > 0 then 1 else 0 end) as goodwill_people, sum(goodwill) as goodwill_total,
  max(goodwill) as goodwill_largest,
  sum(case when goodwill < amount then 1 else 0 end) as owed_people, sum(amount - goodwill) as owed_total,
  max(amount - goodwill) as owed_largest
from sums
group by what, span, month, team, facet, code
order by 1, 2, 3, 4, 5, 6
