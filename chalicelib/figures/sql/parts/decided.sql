-- The newest sixty closed complaints of each type, with what the company promised in money (fen). A complaint
-- that ended without a decision is left out.
select t.ref, t.team, t.type, t.sub_type, t.class, t.outcome, t.month, t.redress, t.closed_at
from (
  select c.ref, c.team, c.type, c.sub_type, c.class, c.outcome, c.closed_at, c.closed_month as month, p.redress,
    row_number() over (partition by c.type order by c.closed_at desc, c.ref) as place
  from complaints c
  left join (
    select ref, sum(amount) as redress
    from promises
    where debtor = 'business' and amount is not null
      and kind not in ('agreed_penalty', 'interest')
      and state not in ('waived', 'excused', 'replaced')
    group by ref
  ) p on p.ref = c.ref
  where c.closed_at is not null
    and c.outcome not in ('joined', 'withdrawn', 'information_only', 'not_pursued')
) t
where t.place <= 60
