-- Promises whose last day is over, with what became of them (`ended`). They were kept by that day, kept later,
-- broken, or are still open. The day of the performance counts; for older rows, the day of its confirmation.
-- `given_up` means waived, excused, replaced or referred to the courts. An offer that nobody has accepted is no
-- promise. `mended`: whether a broken promise was performed in the end.
select p.*, case
    when p.breached then 'broken'
    when p.state in ('confirmed', 'accepted', 'cured')
      and coalesce(p.done_on, cast(p.state_at + interval '8' hour as date)) <= p.by_day then 'kept'
    when p.state in ('confirmed', 'accepted', 'cured') then 'kept_later'
    when p.state in ('waived', 'excused', 'replaced', 'referred') then 'given_up'
    else 'open'
  end as ended, p.breached and p.state in ('confirmed', 'accepted', 'cured') as mended
from promises p
where not coalesce(p.offered, false) and p.by_day is not null
  and p.by_day < (select day from last_entry)
