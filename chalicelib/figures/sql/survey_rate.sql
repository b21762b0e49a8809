-- Adds up: asked, answered.
-- Closed complaints whose people were asked in the survey, by month of closing, and how many of these
-- complaints got an answer.
select c.closed_month as month, f.team, f.facet, f.code, count(*) as asked, count(a.ref) as answered
from complaints c
join survey_facets f on f.ref = c.ref
left join (
  select ref, max(taken_at) as taken_at from answers group by ref
) a on a.ref = c.ref and a.taken_at >= c.closed_at
where c.may_be_asked
group by c.closed_month, f.team, f.facet, f.code
order by 1, 2, 3, 4
