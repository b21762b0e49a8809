-- Adds up: n.
-- Received complaints by when they were entered here: in the month of receipt (`in_month`), in the sixty days
-- after it (`later`), or after these (`after_final`), when the final edition of the month had been made.
select c.received_month as month, f.team, f.facet, f.code, case
    when cast(c.recorded_at + interval '8' hour as date) < c.received_month + interval '1' month then 'in_month'
    when cast(c.recorded_at + interval '8' hour as date)
      < c.received_month + interval '1' month + interval '60' day then 'later'
    else 'after_final'
  end as entered, count(*) as n
from complaints c join facets f on f.ref = c.ref
group by c.received_month, f.team, f.facet, f.code, 5
order by 1, 2, 3, 4, 5
