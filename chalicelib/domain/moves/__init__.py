"""Every phase of the process declares its moves here, in the order in which a case meets them."""
# isort: off  (the order of the process, not of the alphabet)
from chalicelib.domain.moves import (
    answer,
    closing,
    evidence,
    information,
    intake,
    investigation,
    outside,
    parties,
    performance,
    reconsideration,
    safety,
    work,
)

__all__ = ["answer", "closing", "evidence", "information", "intake", "investigation", "outside", "parties", "performance",
           "reconsideration", "safety", "work"]
