-- The promises of each complaint, from its newest exported day.
select t.* from promises_kept t join newest on t.ref = newest.ref and t.day = newest.day
