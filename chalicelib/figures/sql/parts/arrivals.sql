-- Complaints by consumer, company and type of problem (`repeats`), with their breakdowns (`cells`: team, facet and
-- code, joined by a vertical line). A complaint of the last ninety days of a year also has a row in the next year
-- (`year`), because a complaint of that year may repeat it.
with told as (
  select c.ref, c.repeats, c.received_at, c.received_month as month,
    array_sort(array_agg(f.team || '|' || f.facet || '|' || coalesce(f.code, ''))) as cells
  from complaints c join facets f on f.ref = c.ref
  where c.repeats is not null
  group by c.ref, c.repeats, c.received_at, c.received_month
)
select extract(year from month) as year, ref, repeats, received_at, month, cells from told
union all
select extract(year from month) + 1, ref, repeats, received_at, month, cells from told
where extract(year from received_at + interval '8' hour + interval '90' day) > extract(year from month)
