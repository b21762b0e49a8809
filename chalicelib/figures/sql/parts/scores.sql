-- The scores in opinions of sampled people on the process, by the quarter in which they were given. In older
-- rows of the export each complaint stands for a person.
with said as (
  select m.*, coalesce(m.person, m.ref) as who, cast(date_trunc('quarter', m.local_day) as date) as quarter
  from moves m
)
select quarter, 'findable' as question, findable as score, who as person from said where findable is not null
union all select quarter, 'predictable', predictable, who from said where predictable is not null
union all select quarter, 'listened', listened, who from said where listened is not null
union all select quarter, 'alternatives', alternatives, who from said where alternatives is not null
union all select quarter, 'trusting', trusting, who from said where trusting is not null
