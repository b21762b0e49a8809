-- what the free words of opinions on the process are about: by quarter in how many of them a term stands,
-- never in fewer than five
select cast(date_trunc('quarter', month) as date) as quarter, term, count(*) as n
from words_kept
where type is null
group by cast(date_trunc('quarter', month) as date), term
having count(*) >= 5
order by 1, 3 desc, 2
