-- Money that the company promised to a person and paid to them, as the statement `redress` counts it, with the
-- breakdowns of the complaint (`cells`: team, facet and code, joined by a vertical line).
with owed as (
  select ref, coalesce(person, ref) as person, amount,
    case when kind = 'goodwill' then amount else 0 end as goodwill, state,
    cast(date_trunc('month', coalesce(promised_at, state_at) + interval '8' hour) as date) as promised_in,
    case when state in ('confirmed', 'accepted', 'cured') then
      cast(date_trunc('month', coalesce(done_on, cast(state_at + interval '8' hour as date))) as date)
    end as paid_in
  from promises
  where debtor = 'business' and amount > 0 and not coalesce(offered, false)
),
flows as (
  select ref, person, amount, goodwill, 'promised' as what, promised_in as month
  from owed where state <> 'replaced'
  union all
  select ref, person, amount, goodwill, 'paid', paid_in from owed where paid_in is not null
),
cells as (
  select ref, array_sort(array_agg(team || '|' || facet || '|' || coalesce(code, ''))) as cells
  from facets group by ref
)
select extract(year from w.month) as year, w.month, w.person, w.amount, w.goodwill, w.what, c.cells
from flows w join cells c on c.ref = w.ref
where w.month is not null
