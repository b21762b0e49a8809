"""Negotiation, mediation and agreement in the interface, for a party and for staff."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from chalicelib.domain.model.case_records import Agreement, Dispute, Offer, Sealed, Signature
from chalicelib.view.agreement import AgreementView, text_of
from chalicelib.view.mediation import MediationView
from chalicelib.view.party import PartyReader
from chalicelib.view.staff import Staff
from chalicelib.view.talks import TalksView
from chalicelib.web.api.obligations import TERM
from chalicelib.web.api.values import AnswerShape, PlainOf, RoleCode, Stopped, Told
from chalicelib.web.pages.file_list import document_link, referral_links


class ReferralPaper(NamedTuple):
    """A court paper that this side can download. `path`: the path of the download."""

    name: str
    path: str


TALKS = AnswerShape(
    "Talks", TalksView, "about nature others since ends ended negotiator statements offers invited consents"
)
MEDIATION = AnswerShape(
    "MediationTold",
    MediationView,
    "since mediator mediator_by objection_until objection decided meetings absences extension ends stopped",
    stopped=Stopped | None,
)
SIGNATURE = AnswerShape("SignatureTold", Signature, "of at way role", role=RoleCode)
SEALED = AnswerShape("SealedTold", Sealed, "at sha256 size path", path=str | None)
AGREEMENT = AnswerShape(
    "AgreementTold",
    AgreementView,
    "version digest text signatures missing sign_until signs in_force sealed referrals confirmation",
    signatures=list[Annotated[Told, SIGNATURE]],
    missing=list[str],
    sealed=Annotated[Told, SEALED] | None,
    referrals=list[ReferralPaper],
)
STAFF_OFFER = PlainOf("StaffOffer", Offer)
STAFF_DISPUTE = PlainOf("StaffDispute", Dispute, offers=list[Annotated[Told, STAFF_OFFER]])
STAFF_AGREEMENT = PlainOf(
    "StaffAgreement",
    Agreement,
    terms=list[Annotated[Told, TERM]],
    missing=list[str],
    text=Mapping[str, Any] | None,
)


def agreement(reader: PartyReader, found: AgreementView) -> Told:
    """Return an agreement in the interface as a party sees it: text, digest, signatures, missing signers,
    time to sign, sealed document and court papers. `found`: the party's view of the agreement."""
    return AGREEMENT(
        found,
        signatures=[SIGNATURE(one) for one in found.signatures],
        missing=reader.by_role(found.missing),
        sealed=found.sealed and SEALED(found.sealed, path=document_link(found.sealed)),
        referrals=[ReferralPaper(name, path) for path, name in referral_links("zh", found.referrals)],
    )


def staff_agreement(reader: Staff) -> Told | None:
    """Return the proposed or concluded agreement as a member of staff sees it; None if there is none. The
    text is included only for staff who may read it."""
    found = reader.head.talks.agreement
    if found is None:
        return None
    terms, text = [TERM(one) for one in found.terms], text_of(reader, found)
    return STAFF_AGREEMENT(found, terms=terms, missing=found.missing, text=text)


def staff_talks(reader: Staff) -> Told | None:
    """Return the state of the negotiation as a member of staff sees it; None before the negotiation begins.
    The texts of the parties are left out, because the timeline has them."""
    found = reader.head.talks.dispute
    return STAFF_DISPUTE(found, offers=[STAFF_OFFER(offer) for offer in found.offers]) if found else None
