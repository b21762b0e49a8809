"""The consent of a person to the reading of their complaint by the partner that filed it: its end, and a new
one."""

from chalicelib.domain.engine.declare import Shows, move, where
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party, refuse_if, required
from chalicelib.domain.model.case_records import PartnerAccess
from chalicelib.domain.model.codes import ANY, ConsentText, Role as R

STAFF = R.INTAKE | R.INVESTIGATOR | R.LEAD
PRESENT_TEXT = ConsentText.PARTNER_READS_1
"""The text that people are shown now. A partner may state a consent to an earlier version, because it may
have shown the text before the present one was published."""


def filed_for(case: Case) -> Party | None:
    """Return the complainant, if a partner filed the complaint. Return None if no partner did, if the
    complainant has left the case, or if their personal data are destroyed."""
    there = (party for party in case.parties[:1] if not party.left and not case.erased(party.id))
    return next(there, None) if case.intake.partner else None


def _person(case: Case, act: Act) -> Party:
    """Return what `filed_for` returns. Raises Refusal `no_partner_reads` for None. Raises Refusal
    `other_persons_consent` for anybody else of a joint case, and for the company."""
    own = required(filed_for(case), "no_partner_reads")
    refuse_if(act.role in R.PARTY and case.stands_for(act.who) != own.id, "other_persons_consent")
    return own


def _person_alone(case: Case, act: Act) -> Party:
    """Return what `_person` returns. Raises Refusal `other_persons_consent` for a representative too, because
    a consent is the person's own."""
    own = _person(case, act)
    refuse_if(act.who != own.id, "other_persons_consent")
    return own


@move(
    at=ANY,
    by=R.C,
    recorded_by=STAFF,
    fits=lambda case: case.partner_reads,
    shows=Shows(about_one=True),
    handles=False,
    part="people",
    even=("by_phrase",),
    about=where(_person),
)
def end_partner_access(case: Case, act: Act) -> Case:
    """End the consent by which the partner that filed the complaint reads it as its person does. From now on
    the partner reads only how the complaint stands. The complaint goes on, and the consent can be given
    again."""
    own = _person(case, act)
    refuse_if(not case.partner_reads, "no_partner_reads")
    given = required(own.shares, "no_partner_reads")
    return case.with_party(replace(own, shares=replace(given, ended=act.now)))


@move(
    at=ANY,
    by=R.CONSUMER,
    fits=lambda case: filed_for(case) and not case.partner_reads,
    shows=Shows(about_one=True),
    handles=False,
    part="people",
    about=where(_person_alone),
)
def give_partner_access(case: Case, act: Act, *, agreed: bool) -> Case:
    """Let the partner that filed the complaint read it as its person does. The page shows the present text
    before. Only the person themselves can agree."""
    own = _person_alone(case, act)
    refuse_if(case.partner_reads, "partner_reads_already")
    refuse_if(not agreed, "not_agreed", field="agreed")
    return case.with_party(replace(own, shares=PartnerAccess(PRESENT_TEXT, act.now, stated=False)))
