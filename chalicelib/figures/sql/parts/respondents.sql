-- The people of the numbers of the survey: those of its answers (`survey`), and those of the complaints that
-- got an answer, by the month after their closing (`survey_rate`).
with said as (
  select ref, person, 'survey' as what, month from answers where question = 'overall'
  union all
  select a.ref, a.person, 'survey_rate', cast(c.closed_month + interval '1' month as date)
  from complaints c join answers a on a.ref = c.ref and a.taken_at >= c.closed_at
  where c.may_be_asked and a.question = 'overall'
)
select distinct extract(year from s.month) as year, s.what, s.month, f.team, f.facet, f.code, s.person
from said s join survey_facets f on f.ref = s.ref
