"""The end of the personal data of a case. Two people keep them for a lawsuit, or have them destroyed. The
clock has them destroyed when the time of retention is over."""

from calendar import monthrange
from datetime import date, datetime

from chalicelib.domain.engine.declare import FOLLOWING, Done, Second, move
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.codes import ANY, DestroyGround, Role as R, Stage as S
from chalicelib.domain.model.field_marks import Text
from chalicelib.domain.policy import policy


@move(
    at=ANY,
    by=R.SUPERVISOR | R.EXECUTIVE,
    second=Second(),
    fits=lambda case: not case.retention.held and not case.retention.destroyed,
)
def hold_records(case: Case, act: Act, *, reason: Text) -> Case:
    """Keep the personal data of a case from destruction, for a lawsuit or an authority. A destruction that
    was decided and is not done yet is given up. `reason` says who needs the data."""
    refuse_if(case.retention.held, "records_held")
    return replace(case, retention=replace(case.retention, held=act.now, to_destroy=None))


@move(at=ANY, by=R.SUPERVISOR | R.EXECUTIVE, second=Second(), fits=lambda case: case.retention.held)
def release_records(case: Case, act: Act, *, reason: Text) -> Case:
    """End the hold on the personal data of a case. From now on they may be destroyed."""
    refuse_if(not case.retention.held, "records_not_held")
    return replace(case, retention=replace(case.retention, held=None))


def _there(case: Case) -> bool:
    """Return whether the personal data of a case are there, and may be destroyed."""
    found = case.retention
    return not (found.held or found.to_destroy or found.destroyed)


@move(
    at=S.CLOSED,
    by=R.SUPERVISOR,
    tells="data_destroyed? → consumer",
    second=Second(),
    fits=_there,
    decides=True,
    warns=True,
)
def destroy_data(case: Case, act: Act, *, ground: DestroyGround, reason: Text) -> Done:
    """Decide to destroy the personal data of a closed case: names, addresses, everything that was written,
    and files. It is done a day later. Codes, dates and digests stay, so the record can still be checked.
    Sealed papers stay until their lock ends. `reason`: who asked, and how that was checked.

    The person gets a letter, unless the time of retention is over. (After 个人信息保护法 47.)"""
    refuse_if(case.retention.held, "records_held", field="ground")
    refuse_if(not _there(case), "data_destroyed")
    over = ground is DestroyGround.RETENTION_OVER
    refuse_if(over and act.now < kept_until(case), "retention_not_over", field="ground")
    return Done(_destroying(case, act), () if over else (("data_destroyed", "consumer"),))


@move(at=S.CLOSED, by=R.CLOCK, fits=_there, decides=True)
def expire_data(case: Case, act: Act) -> Case:
    """Decide to destroy the personal data of a closed case, because the time of retention is over. It is done
    a day later."""
    refuse_if(case.retention.held, "records_held")
    refuse_if(not _there(case), "data_destroyed")
    refuse_if(act.now < kept_until(case), "retention_not_over")
    return _destroying(case, act)


@move(at=S.CLOSED, by=R.CLOCK, fits=_there, decides=True)
def destroy_again(case: Case, act: Act) -> Case:
    """Decide again to destroy the personal data of a case, because a restore of the table undid their
    destruction. It is done a day later."""
    refuse_if(case.retention.held, "records_held")
    refuse_if(not _there(case), "data_destroyed")
    return _destroying(case, act)


def _destroying(case: Case, act: Act) -> Case:
    return replace(case, retention=replace(case.retention, to_destroy=act.now))


@FOLLOWING.append
def _goes_on(before: Case | None, case: Case, done: Done, act: Act) -> tuple[Case, Done]:
    """Give up a destruction that was decided, if the case is no longer closed."""
    if case.retention.to_destroy and case.stage != S.CLOSED:
        case = replace(case, retention=replace(case.retention, to_destroy=None))
    return case, done


@move(at=S.CLOSED, by=R.CLOCK, fits=lambda case: case.retention.to_destroy)
def begin_destruction(case: Case, act: Act) -> Case:
    """Begin to destroy the personal data of a case. From now on nobody can take a move on it. The keyed
    hashes of addresses leave the case at once."""
    refuse_if(not case.retention.to_destroy, "records_held")
    parties = tuple(replace(party, known_by=(), kept="") for party in case.parties)
    retention = replace(case.retention, to_destroy=None, destroyed=act.now)
    return replace(case, parties=parties, retention=retention)


def kept_until(case: Case) -> datetime:
    """Return the moment (UTC) until which the personal data of a case are kept: so many years after its last
    move as its policy says."""
    last = max(case.taken.values())
    return datetime.combine(later(last.date(), policy(case.policy).keep_years), last.timetz())


def later(day: date, years: int) -> date:
    """Return the same day so many years later; 28 February for a 29 February that the year lacks."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))
