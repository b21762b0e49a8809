-- The times in which each complaint was closed before it was reopened, from its newest exported day. Rows of
-- earlier releases have none. `undone`: the complaint was withdrawn or joined to another one, and that was taken
-- back.
select t.ref, t.closed_at, t.reopened_at, max(case when m.ref is null then 0 else 1 end) = 1 as undone
from reopenings_kept t
join newest on t.ref = newest.ref and t.day = newest.day
left join moves m on m.ref = t.ref and m.taken_at = t.closed_at
  and m.move in ('withdraw', 'link_duplicate', 'join_case')
group by t.ref, t.closed_at, t.reopened_at
