-- Combines: scores.
-- Opinions of sampled people on the process, by the quarter in which they were given. For each question: the
-- number of answers and of distinct people, their mean, and how often each score was given.
select quarter, question, count(*) as n, count(distinct person) as people, avg(score) as mean,
  sum(case when score = 1 then 1 else 0 end) as one,
  sum(case when score = 2 then 1 else 0 end) as two,
  sum(case when score = 3 then 1 else 0 end) as three,
  sum(case when score = 4 then 1 else 0 end) as four,
  sum(case when score = 5 then 1 else 0 end) as five
from scores
group by quarter, question
order by 1, 2
