-- Adds up: n, one, two, three, four, five.
-- Answers to the survey, by question: their number, and how often each score was given.
select a.month, f.team, f.facet, f.code, a.question, count(*) as n,
  sum(case when a.score = 1 then 1 else 0 end) as one,
  sum(case when a.score = 2 then 1 else 0 end) as two,
  sum(case when a.score = 3 then 1 else 0 end) as three,
  sum(case when a.score = 4 then 1 else 0 end) as four,
  sum(case when a.score = 5 then 1 else 0 end) as five
from answers a join survey_facets f on f.ref = a.ref
group by a.month, f.team, f.facet, f.code, a.question
order by 1, 2, 3, 4, 5
