"""Every phase of the process declares its moves here, in the order in which a case meets them."""
# isort: off  (the order of the process, not of the alphabet)
from chalicelib.domain.moves import (
    answer,
    closing,
    dispute,
    evidence,
    information,
    intake,
    investigation,
    invitation,
    offers,
    outside,
    parties,
    performance,
    reconsideration,
    safety,
    work,
)

__all__ = ["answer", "closing", "dispute", "evidence", "information", "intake", "investigation", "invitation", "offers",
           "outside", "parties", "performance", "reconsideration", "safety", "work"]
