-- what the newest day of each complaint says
select t.* from rights_kept t join newest on t.ref = newest.ref and t.day = newest.day
