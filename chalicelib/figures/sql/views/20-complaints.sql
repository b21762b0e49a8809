-- each complaint as it stands, with the months of China in which it came and was closed, and whether it was
-- closed so that its people may be asked how we did; one that goes on under another number is counted there
select
  t.*,
  t.closed_at is not null and t.outcome not in ('joined', 'information_only') as may_be_asked,
  cast(date_trunc('month', t.received_at + interval '8' hour) as date) as received_month,
  cast(date_trunc('month', t.closed_at + interval '8' hour) as date) as closed_month
from complaints_kept t
join newest on t.ref = newest.ref and t.day = newest.day
where not t.joined
