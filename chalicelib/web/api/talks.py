"""Talks, formal mediation and an agreement as the interface tells them to one side, the agreement also to
staff."""

from typing import Any

from chalicelib.access import agreement_of
from chalicelib.domain.model.codes import Side
from chalicelib.view.agreement import AgreementView, text_of
from chalicelib.view.mediation import MediationView
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Staff
from chalicelib.view.talks import TalksView
from chalicelib.web.api.obligations import term
from chalicelib.web.api.values import money, plain, shown
from chalicelib.web.pages.file_list import document_link, referral_links


def talks(found: TalksView) -> Any:
    """What is in dispute, who leads the talks until when, what was said and offered."""
    return shown(
        {
            "about": found.about,
            "nature": found.nature,
            "others": found.others,
            "since": found.at,
            "ends": found.until,
            "ended": found.ended,
            "negotiator": found.officer,
            "statements": found.said,
            "offers": [{**offer._asdict(), "amount": money(offer.amount)} for offer in found.offered],
            "invited": found.invited,
            "consents": {side: found.consents.get(side) for side in Side},
        }
    )


def mediation(found: MediationView) -> Any:
    """Who mediates and when they meet, objections and absences, more time."""
    return shown(
        {
            "since": found.since,
            "mediator": found.mediator,
            "mediator_by": found.named_by,
            "objection_until": found.objects_until,
            "objection": found.challenge,
            "decided": found.decided,
            "meetings": found.meetings,
            "absences": found.absences,
            "extension": {
                "agreed": [who for who, agrees in found.agreed.items() if agrees],
                "extended": found.extended,
            },
            "ends": found.until,
            "stopped": found.stopped or None,
        }
    )


def agreement(reader: PartyReader, found: AgreementView) -> Any:
    """The text, its digest, who has signed it and who has not, until when; its document, the court."""
    sealed = found.sealed
    return shown(
        {
            "version": found.version,
            "digest": found.digest,
            "text": found.text,
            "signatures": [
                {"of": one.of, "at": one.at, "way": one.way, "role": one.role} for one in found.signatures
            ],
            "missing": reader.by_role(found.missing),
            "sign_until": found.sign_by,
            "signs": found.waits,
            "in_force": found.in_force,
            "sealed": sealed
            and {
                "at": sealed.at,
                "sha256": sealed.sha256,
                "size": sealed.size,
                "path": document_link(sealed),
            },
            "referrals": [
                {"name": name, "path": path} for path, name in referral_links("zh", found.referrals)
            ],
            "confirmation": found.court,
        }
    )


def kept(reader: Staff) -> dict[str, Any] | None:
    """The text that lies before everybody, or is in force, as this member of staff may know it: its words
    only for those who read it."""
    found = agreement_of(reader.case, reader.caller)
    if found is None:
        return None
    return {
        **plain(found),
        "terms": [term(one) for one in found.terms],
        "missing": found.missing,
        "text": text_of(reader, found),
    }
