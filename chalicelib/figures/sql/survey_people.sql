-- Combines each year: respondents.
-- How many distinct people the numbers of the survey are about: those of its answers (`survey`), and those of
-- the complaints that got an answer, by the month after their closing (`survey_rate`). People are counted for
-- each month, quarter and year (`span`). `month` is its first month. Teams have quarters and years only.
with spans as (
  select *, 'month' as span, month as begun from respondents where team = '' and facet <> 'team'
  union all select *, 'quarter', cast(date_trunc('quarter', month) as date) from respondents
  union all select *, 'year', cast(date_trunc('year', month) as date) from respondents
)
select what, span, begun as month, team, facet, code, count(distinct person) as people
from spans
group by what, span, begun, team, facet, code
order by 1, 2, 3, 4, 5, 6
