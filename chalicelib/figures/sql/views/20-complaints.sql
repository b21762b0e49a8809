-- Each complaint in its newest state, with the months (China) in which it was received and closed.
-- `may_be_asked`: the complaint was closed with an outcome after which its people are asked in the survey.
-- A complaint that was joined to another is left out, because the other complaint is counted.
select
  t.*,
  t.closed_at is not null and t.outcome not in ('joined', 'information_only', 'withdrawn') as may_be_asked,
  cast(date_trunc('month', t.received_at + interval '8' hour) as date) as received_month,
  cast(date_trunc('month', t.closed_at + interval '8' hour) as date) as closed_month
from complaints_kept t
join newest on t.ref = newest.ref and t.day = newest.day
where not t.joined
