-- How many distinct people the numbers of the survey are about: those of its answers (`survey`), and those of
-- the complaints that got an answer, by the month after their closing (`survey_rate`). People are counted for
-- each month, quarter and year (`span`). `month` is its first month. Teams have quarters and years only.
with said as (
  select ref, person, 'survey' as what, month from answers where question = 'overall'
  union all
  select a.ref, a.person, 'survey_rate', cast(c.closed_month + interval '1' month as date)
  from complaints c join answers a on a.ref = c.ref and a.taken_at >= c.closed_at
  where c.may_be_asked and a.question = 'overall'
),
spans as (
  select ref, person, what, 'month' as span, month from said
  union all select ref, person, what, 'quarter', cast(date_trunc('quarter', month) as date) from said
  union all select ref, person, what, 'year', cast(date_trunc('year', month) as date) from said
)
select s.what, s.span, s.month, f.team, f.facet, f.code, count(distinct s.person) as people
from spans s join survey_facets f on f.ref = s.ref
where s.span <> 'month' or (f.team = '' and f.facet <> 'team')
group by s.what, s.span, s.month, f.team, f.facet, f.code
order by 1, 2, 3, 4, 5, 6
