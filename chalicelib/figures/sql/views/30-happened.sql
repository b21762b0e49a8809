-- Events that begin or end a part of the process, each with its code. A mediation begins when a mediator
-- accepts the appointment; another mediator who follows begins none. It ends with an agreement (`mediated`) or
-- without one (`unmediated`). An agreement is made when it is first sealed, or performed on the spot.
with seals as (
  select ref, n, local_month, code, move, lag(move, 1, '') over (partition by ref order by n) as before
  from moves where move in ('record_seal', 'withdraw_seal')
),
marks as (
  select ref, n, local_month, code, 'begun' as mark from moves where move = 'accept_appointment'
  union all
  select ref, n, local_month, code, 'agreed' from moves where move = 'record_on_the_spot'
  union all
  select ref, n, local_month, code, 'agreed' from seals where move = 'record_seal' and before != 'withdraw_seal'
  union all
  select ref, n, local_month, code, 'ended' from moves
  where move in ('end_mediation', 'lapse_mediation', 'withdraw', 'close_in_court')
    or (move in ('refuse_to_sign', 'lapse_signing') and code not in ('mediating', 'negotiating'))
),
talks as (
  select *, lag(mark, 1, '') over (partition by ref order by n) as before from marks
)
select ref, local_month as month, 'accepted' as what, code as detail from moves
where move in ('accept', 'settle_at_once')
union all select ref, local_month, 'declined', code from moves where move = 'decline'
union all select ref, local_month, 'answered', code from moves where move in ('answer', 'settle_at_once')
union all select ref, local_month, 'withdrawn', code from moves where move = 'withdraw'
union all select ref, local_month, 'reopened', code from moves where move = 'reopen'
union all select ref, local_month, 'reconsiderations', code from moves where move = 'ask_reconsideration'
union all select ref, local_month, 'disputes', code from moves
where move in ('raise_dispute', 'identify_dispute')
union all select ref, local_month, 'mediations', code from talks where mark = 'begun' and before != 'begun'
union all select ref, local_month, 'mediated', code from talks where mark = 'agreed' and before = 'begun'
union all select ref, local_month, 'unmediated', code from talks where mark = 'ended' and before = 'begun'
union all select ref, local_month, 'agreements', code from talks where mark = 'agreed'
union all select ref, local_month, 'breaches', code from moves where move = 'find_breach'
union all select ref, local_month, 'cured', code from moves where move = 'record_cure'
union all select ref, local_month, 'measures', code from moves where move = 'take_measure'
