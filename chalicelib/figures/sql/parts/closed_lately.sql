-- The complaints closed since the beginning of the previous quarter (China) whose people may be asked.
select extract(year from c.closed_month) as year, c.ref,
  cast(date_trunc('quarter', c.closed_month) as date) as quarter
from complaints c cross join last_entry q
where c.may_be_asked and c.closed_month >= date_trunc('quarter', q.day) - interval '3' month
