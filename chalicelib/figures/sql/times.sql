-- Combines each year: points.
-- How long the complaints received in a month took until they were acknowledged, answered and closed, with
-- those that are still open. There are rows for each month of receipt, rows with an empty month for each
-- quarter, and rows with both empty for each year. `reached` is estimated by the cumulative incidence of
-- Aalen and Johansen (Scand. J. Statist. 5, 1978): a complaint that ended without the step can no longer
-- reach it, and an open one counts as long as it was watched. `median_hours` and `p90_hours` are the hours
-- until half and nine tenths of all complaints had the step, and the `within` columns are the shares that had
-- it by then. Each is null while it cannot be told: the curve ends where fewer than ten complaints were
-- watched and others were open before. `within_3_days` counts only complaints whose third working day is
-- over. `n`: all complaints of the cohort. `open`: those that may still reach the step. `met`: those that
-- reached it in time. `missed`: those that missed its deadline.
-- Rows of a cohort share one number, because grouping by all columns would take six times as long.
with spans_of as (
  select found_in, step, year, quarter, month,
    dense_rank() over (order by year, quarter, month, step) as span
  from (
    select distinct month as found_in, step, extract(year from month) as year,
      cast(null as bigint) as quarter, month
    from points
    union all
    select distinct month, step, extract(year from month), extract(quarter from month), null from points
    union all
    select distinct month, step, extract(year from month), null, null from points
  ) each_span
),
cells as (
  select team, facet, code, row_number() over (order by team, facet, code) * 1000000 as cell
  from (select distinct team, facet, code from points) each_cell
),
cohorts as (
  select c.cell + s.span as cohort, m.tenths, cast(sum(m.here) as bigint) as here,
    cast(sum(m.reached) as bigint) as reached, cast(sum(m.open) as bigint) as open,
    cast(sum(m.met) as bigint) as met, cast(sum(m.missed) as bigint) as missed,
    cast(sum(m.in_3_days) as bigint) as in_3_days, cast(sum(m.after_3_days) as bigint) as after_3_days
  from points m
  join spans_of s on s.found_in = m.month and s.step = m.step
  join cells c on c.team = m.team and c.facet = m.facet and c.code = m.code
  group by 1, m.tenths
),
watched as (
  select *,
    sum(here) over (
      partition by cohort order by tenths rows between current row and unbounded following
    ) as n,
    coalesce(sum(open) over (
      partition by cohort order by tenths rows between unbounded preceding and 1 preceding
    ), 0) as open_before
  from cohorts
),
surviving as (
  select *, (n >= 10 or open_before = 0) as known, here - open = n as complete,
    exp(coalesce(sum(case when here - open < n then ln(1.0 - cast(here - open as double) / n) end) over (
      partition by cohort order by tenths rows between unbounded preceding and 1 preceding
    ), 0)) as alive
  from watched
),
curve as (
  select *, sum(alive * reached / n) over (partition by cohort order by tenths) as share from surviving
),
found as (
  select cohort, sum(here) as n, sum(open) as open, sum(met) as met, sum(missed) as missed,
    cast(min(case when known and share >= 0.5 - 1e-9 then tenths end) as double) / 10 as median_hours,
    cast(min(case when known and share >= 0.9 - 1e-9 then tenths end) as double) / 10 as p90_hours,
    max(case when known and tenths <= 240 then share end) as by_24h,
    max(case when known and (tenths >= 240 or complete) then 1 else 0 end) as past_24h,
    cast(sum(in_3_days) as double) / nullif(sum(after_3_days), 0) as within_3_days,
    max(case when known and tenths <= 6720 then share end) as by_4_weeks,
    max(case when known and (tenths >= 6720 or complete) then 1 else 0 end) as past_4_weeks,
    max(case when known and tenths <= 13440 then share end) as by_8_weeks,
    max(case when known and (tenths >= 13440 or complete) then 1 else 0 end) as past_8_weeks
  from curve
  group by cohort
)
select s.year, s.quarter, s.month, c.team, c.facet, c.code, s.step, t.n, t.open, t.met, t.missed, t.median_hours,
  t.p90_hours, t.within_3_days,
  case when t.past_24h = 1 then coalesce(t.by_24h, 0) end as within_24h,
  case when t.past_4_weeks = 1 then coalesce(t.by_4_weeks, 0) end as within_4_weeks,
  case when t.past_8_weeks = 1 then coalesce(t.by_8_weeks, 0) end as within_8_weeks
from found t
join cells c on c.cell = t.cohort - t.cohort % 1000000
join (select distinct year, quarter, month, step, span from spans_of) s
  on s.span = t.cohort % 1000000
order by 1, 2, 3, 4, 5, 6, 7
