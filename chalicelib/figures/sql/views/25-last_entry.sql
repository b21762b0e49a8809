-- The newest entry of all timelines: its moment, and its day (China).
select max(local_day) as day, max(taken_at) as taken_at from moves
