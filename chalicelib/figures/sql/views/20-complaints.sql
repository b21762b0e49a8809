-- each complaint as it stands, with the months of China in which it came and was closed; one that goes on
-- under another number is counted there
select
  t.*,
  t.ref in (
    select ref from moves_kept where move in ('ask_reconsideration', 'raise_dispute') and not asked
  ) as contested,
  cast(date_trunc('month', t.received_at + interval '8' hour) as date) as received_month,
  cast(date_trunc('month', t.closed_at + interval '8' hour) as date) as closed_month
from complaints_kept t
join newest on t.ref = newest.ref and t.day = newest.day
where not t.joined
