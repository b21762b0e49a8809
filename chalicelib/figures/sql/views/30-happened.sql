-- Events that begin or end a part of the process, each with its code. A mediation begins when a mediator
-- accepts the appointment. An agreement is made when it is first sealed, or performed on the spot.
select ref, local_month as month, 'accepted' as what, code as detail from moves
where move in ('accept', 'settle_at_once')
union all select ref, local_month, 'declined', code from moves where move = 'decline'
union all select ref, local_month, 'answered', code from moves where move in ('answer', 'settle_at_once')
union all select ref, local_month, 'withdrawn', code from moves where move = 'withdraw'
union all select ref, local_month, 'reopened', code from moves where move = 'reopen'
union all select ref, local_month, 'reconsiderations', code from moves where move = 'ask_reconsideration'
union all select ref, local_month, 'disputes', code from moves
where move in ('raise_dispute', 'identify_dispute')
union all select ref, local_month, 'mediations', code from moves where move = 'accept_appointment'
union all select ref, local_month, 'agreements', code from moves where move = 'record_on_the_spot'
union all select ref, local_month, 'agreements', code from (
  select ref, local_month, code, move, lag(move, 1, '') over (partition by ref order by n) as before
  from moves where move in ('record_seal', 'withdraw_seal')
) as seals where move = 'record_seal' and before != 'withdraw_seal'
union all select ref, local_month, 'breaches', code from moves where move = 'find_breach'
union all select ref, local_month, 'cured', code from moves where move = 'record_cure'
union all select ref, local_month, 'measures', code from moves where move = 'take_measure'
