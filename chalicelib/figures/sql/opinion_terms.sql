-- Combines: words_kept.
-- Terms in free text of opinions on the process, by quarter: how many people used each. Terms of fewer than
-- ten are left out. In an older row without a digest each use stands for a person.
select quarter, term, n
from (
  select cast(date_trunc('quarter', month) as date) as quarter, term,
    count(distinct who) + sum(case when who is null then 1 else 0 end) as n
  from words_kept
  where type is null
  group by cast(date_trunc('quarter', month) as date), term
) counted
where n >= 10
order by 1, 3 desc, 2
