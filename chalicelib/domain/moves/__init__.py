"""Every phase of the process declares its moves here, in the order in which a case meets them."""
# isort: off  (the order of the process, not of the alphabet)
from chalicelib.domain.moves import (
    answer,
    breach,
    changing,
    closing,
    dispute,
    drafting,
    evidence,
    feedback,
    information,
    intake,
    integrity,
    investigation,
    invitation,
    mediation,
    meetings,
    offers,
    outside,
    parties,
    performance,
    reconsideration,
    safety,
    signing,
    work,
)

__all__ = ["answer", "breach", "changing", "closing", "dispute", "drafting", "evidence", "feedback",
           "information", "intake", "integrity",
           "investigation", "invitation", "mediation", "meetings", "offers", "outside", "parties", "performance",
           "reconsideration", "safety", "signing", "work"]
