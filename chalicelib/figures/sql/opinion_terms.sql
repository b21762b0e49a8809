-- Terms in free text of opinions on the process, by quarter: in how many opinions each occurs. Terms in fewer
-- than ten are left out.
select cast(date_trunc('quarter', month) as date) as quarter, term, count(*) as n
from words_kept
where type is null
group by cast(date_trunc('quarter', month) as date), term
having count(*) >= 10
order by 1, 3 desc, 2
