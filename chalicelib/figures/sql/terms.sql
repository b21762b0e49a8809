-- Combines: words_kept.
-- Terms in free text of the survey, by month and type of complaint: how many people used each. Terms of fewer
-- than ten are left out. In an older row without a digest each use stands for a person. `weight` tells how
-- typical a term is of the type (TF-IDF with a type as document, smoothed).
with counted as (
  select month, type, term, count(distinct who) + sum(case when who is null then 1 else 0 end) as n
  from words_kept where type is not null
  group by month, type, term
), types as (
  select month, count(distinct type) as types from words_kept where type is not null group by month
), weighed as (
  select c.month, c.type, c.term, c.n, cast(c.n as double) / sum(c.n) over (partition by c.month, c.type)
    * (1 + ln(cast(1 + t.types as double) / (1 + count(*) over (partition by c.month, c.term)))) as weight
  from counted c join types t on t.month = c.month
)
select month, type, term, n, weight from weighed where n >= 10
order by 1, 2, 5 desc, 4 desc, 3
